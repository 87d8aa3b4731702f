import { waitAtMost } from '../../utils/wait-at-most.js';
import { Deadline } from './deadline.js';
import { guardClient } from './guard-client.js';
import type { Lease } from './lease.js';
import type { OpenTransaction, StatementResult } from './postgres.types.js';

/** How long a rollback may take before the connection is given up, which rolls back as well. */
const ROLLBACK_MS = 5000;

/** How long a statement may take, in milliseconds. */
export type GetTimeout = (text: string) => number;

/**
 * Opens a transaction on a connection, which is released when it ends.
 *
 * Its statements are not prepared: one that fails for that reason could not be repeated, as its
 * transaction has failed with it.
 */
export async function beginTransaction(lease: Lease, getTimeout: GetTimeout): Promise<OpenTransaction> {
  const run = (text: string, values?: unknown[]): Promise<StatementResult> =>
    lease.run({ text, ...(values !== undefined && { values }) }, new Deadline(getTimeout(text)));
  try {
    await run('BEGIN');
  } catch (error) {
    lease.destroy(error as Error);
    throw error;
  }
  let hasEnded = false;
  return {
    client: guardClient(lease.client, () => hasEnded),
    db: { executeSql: run },
    commit: () => {
      hasEnded = true;
      return commit(lease, run);
    },
    rollback: () => {
      hasEnded = true;
      return rollback(lease);
    },
  };
}

async function commit(lease: Lease, run: (text: string) => Promise<StatementResult>): Promise<void> {
  try {
    const { command } = await run('COMMIT');
    // That is how the server answers where a statement has failed, whoever caught the error.
    if (command === 'ROLLBACK') {
      throw new Error('The transaction was rolled back, because one of its statements had failed.');
    }
  } catch (error) {
    lease.destroy(error as Error);
    throw error;
  }
  lease.release();
}

/** Never rejects: whoever rolls back has an error of greater interest. */
async function rollback(lease: Lease): Promise<void> {
  const deadline = new Deadline(ROLLBACK_MS);
  try {
    if (!(await waitAtMost(deadline.remainingMs, lease.whenIdle()))) throw new Error('It is still busy');
    await lease.run({ text: 'ROLLBACK' }, deadline);
    lease.release();
  } catch (error) {
    lease.destroy(error as Error);
  }
}
