export { getAmbientTransaction, loadAmbientTransactions } from './ambient-transaction.js';
export { AmbientTransactions } from './ambient-transactions.js';
export { toDatabase } from './to-database.js';
