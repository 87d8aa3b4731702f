export { getAmbientTransaction, loadAmbientTransactions } from './ambient-transaction.js';
export { toDatabase } from './to-database.js';
