import type { Database, DatabaseTransaction } from './database.js';

/**
 * Does work in a transaction of its own: all of it, or nothing if it rejects.
 *
 * @param deadlineMs how long each of its statements may take
 */
export async function inTransaction<T>(
  database: Database,
  work: (transaction: DatabaseTransaction) => Promise<T>,
  deadlineMs?: number,
): Promise<T> {
  const transaction = await database.beginTransaction(deadlineMs);
  try {
    const result = await work(transaction);
    // failpoint: beforeCommit
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
