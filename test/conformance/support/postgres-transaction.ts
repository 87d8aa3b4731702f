import type { HarnessTransaction } from 'nestjs-event-drivers/testing';
import type { Pool } from 'pg';

/** A transaction on a connection of its own. */
export async function beginPostgresTransaction(pool: Pool): Promise<HarnessTransaction> {
  const client = await pool.connect();
  await client.query('BEGIN');
  const end = async (statement: string): Promise<void> => {
    await client.query(statement);
    client.release();
  };
  return { transaction: client, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') };
}
