export { loadAmbientTransactions } from './ambient-transaction.js';
export { type AmbientTransactions, createAmbientTransactions } from './ambient-transactions.js';
export { toDatabase } from './to-database.js';
