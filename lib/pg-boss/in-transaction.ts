import type { Database, DatabaseTransaction } from './database.js';

/** Does work in a transaction of its own: all of it, or nothing if it rejects. */
export async function inTransaction<T>(
  database: Database,
  work: (transaction: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  const transaction = await database.beginTransaction();
  try {
    const result = await work(transaction);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
