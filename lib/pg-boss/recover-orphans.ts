import type { Db, PgBoss } from 'pg-boss';
import { WORKER_LOST } from '../queue/consumer/worker-lost.js';
import { unblockKeys } from './unblock-keys.js';

/**
 * Gives back what was running when the process that had the database to itself died. That counts as an attempt,
 * so that a delivery that kills its process ends among the dead letters.
 */
export async function recoverOrphans(boss: PgBoss, db: Db, schema: string): Promise<void> {
  const { rows } = await db.executeSql(
    `SELECT name, array_agg(id) AS ids FROM ${schema}.job WHERE state = 'active' AND name NOT LIKE '\\_\\_%' GROUP BY name`,
  );
  const error = {
    name: 'WorkerLostError',
    code: WORKER_LOST,
    message: 'the process died while it ran',
  };
  const orphans = rows as { name: string; ids: string[] }[];
  for (const { name, ids } of orphans) await boss.fail(name, ids, error);
  // failpoint: midRecovery
  await unblockKeys(
    db,
    schema,
    orphans.map(({ name }) => name),
  );
}
