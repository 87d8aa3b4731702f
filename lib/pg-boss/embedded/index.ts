export { EmbeddedDatabase, type EmbeddedDb } from './embedded-database.js';
export { type EmbeddedTransaction, type TransactionHandle } from './embedded-transaction.js';
export { type EmbeddedDatabaseOptions, openEmbeddedDatabase } from './open-embedded-database.js';
