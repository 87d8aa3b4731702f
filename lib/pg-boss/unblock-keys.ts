import type { Db } from 'pg-boss';
import { ORDERED_SUFFIX } from './pg-boss.mapper.js';

/**
 * To pg-boss, a job that failed for good keeps back those of its key until someone decides. To us it is among
 * the dead letters, and the others go on. Its record stays, so that it is not stored again.
 */
export const UNBLOCKED = `state = 'cancelled'`;

/**
 * Lets the keys go on whose job pg-boss itself has given up, because its process had died.
 *
 * @returns the queues where there were any
 */
export async function unblockKeys(
  db: Db,
  schema: string,
  queues: readonly string[],
): Promise<ReadonlySet<string>> {
  const ordered = queues.filter((queue) => queue.endsWith(ORDERED_SUFFIX));
  if (ordered.length === 0) return new Set();
  const { rows } = await db.executeSql(
    `UPDATE ${schema}.job SET ${UNBLOCKED}
    WHERE name = ANY($1) AND state = 'failed' AND policy = 'key_strict_fifo' RETURNING name`,
    [ordered],
  );
  return new Set((rows as { name: string }[]).map(({ name }) => name));
}
