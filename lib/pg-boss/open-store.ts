import type { OpenOptions } from '../queue/worker-creator.js';
import { ForgottenQueues } from './forgotten-queues.js';
import { type OpenBoss, openBoss } from './open-boss.js';
import { restoreTime } from './moved-time.js';
import { openDatabase } from './open-database.js';
import type { ResolvedPgBossOptions } from './pg-boss-options.js';
import { PgBossOperations } from './pg-boss.operations.js';
import { PlainInsert } from './plain-insert.js';
import { PgBossStorage } from './pg-boss.storage.js';
import { recoverOrphans } from './recover-orphans.js';
import { TakenStorage } from './taken-storage.js';

/** pg-boss, started, and what can be done with its queues. */
export interface OpenStore extends OpenBoss {
  readonly operations: PgBossOperations;
  readonly storage: PgBossStorage;
  readonly forgotten: ForgottenQueues;
}

/** What looks through many deliveries, or moves them, may take so many times as long as other statements. */
const TIMES_FOR_MANY = 6;

export async function openStore(
  options: ResolvedPgBossOptions,
  storeName: string,
  openOptions: OpenOptions,
): Promise<OpenStore> {
  const { isWorker, isStoreWorked = isWorker, mustExist = false, onWarning } = openOptions;
  const { timeoutMs } = options;
  // One in memory is always new.
  const migrate = options.migrate && (!mustExist || options.folder === undefined);
  const database = await openDatabase({ ...options, migrate }, openOptions);
  const open = await openBoss(database, { ...options, migrate }, openOptions);
  const { boss, schema, time } = open;
  if (database.isExclusive && isStoreWorked && time === undefined) await restoreTime(database.db, schema);
  // Nobody else works it, but who does not either leaves it as it is.
  if (database.isExclusive && isStoreWorked) await recoverOrphans(boss, database.db, schema);
  // Other servers than PostgreSQL have statements of their own from pg-boss, and where time stands still more is to be done.
  const isPlain = time === undefined && database.isPostgres;
  const plain = isPlain ? new PlainInsert(boss, database) : undefined;
  const forgotten = new ForgottenQueues(schema, onWarning);
  return {
    ...open,
    close: (deadlineMs) => {
      plain?.end();
      return open.close(deadlineMs);
    },
    forgotten,
    operations: new PgBossOperations({ ...open, forgotten, deadlineMs: timeoutMs * TIMES_FOR_MANY }),
    storage: new PgBossStorage({
      boss,
      database,
      schema,
      storeName,
      timeoutMs,
      ties: time?.ties,
      plain,
      taken: plain && new TakenStorage({ database, plain, timeoutMs, getConsumer: open.getConsumer }),
    }),
  };
}
