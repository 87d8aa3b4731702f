import { type Db, PgBoss } from 'pg-boss';
import { describeThrown, StoreUnavailableError } from '../errors/index.js';
import type { Consumer } from '../queue/consumer/consumer.js';
import type { OpenOptions } from '../queue/worker-creator.js';
import { quoteForShell } from '../utils/quote-for-shell.js';
import { waitAtMost } from '../utils/wait-at-most.js';
import type { Database } from './database.js';
import { isConnectionError } from './database-errors.js';
import { MovedTime } from './moved-time.js';
import { describeStore } from './open-database.js';
import { PausedQueues } from './paused-queues.js';
import type { PgBossJob } from './pg-boss-job.js';
import type { ResolvedPgBossOptions } from './pg-boss-options.js';
import { repeat } from '../utils/repeat.js';
import { findVersion } from './schema-version.js';
import { Turns } from './turns.js';
import { unblockKeys } from './unblock-keys.js';

/** pg-boss, started. */
export interface OpenBoss {
  readonly boss: PgBoss;
  readonly database: Database;
  /** The schema, as it is written in statements. */
  readonly schema: string;
  /** For the transactions of deliveries. */
  readonly turns: Turns;
  readonly paused: PausedQueues;
  /** Where a test moves the time. */
  readonly time: MovedTime | undefined;
  /** Has a consumer woken when there is work in its queue. */
  readonly register: (queue: string, consumer: Consumer<PgBossJob>) => void;
  /** @param queue as pg-boss calls it */
  readonly getConsumer: (queue: string) => Consumer<PgBossJob> | undefined;
  readonly wakeAll: () => void;
  readonly onError: (error: unknown) => void;
  readonly close: (deadlineMs: number) => Promise<void>;
}

const PAUSED_REFRESH_MS = 1000;

/** How long the closing may take of what did not open. */
const CLOSE_MS = 1000;

export async function openBoss(
  database: Database,
  options: ResolvedPgBossOptions,
  { onError, isWorker, isStoreWorked = isWorker, clock }: OpenOptions,
): Promise<OpenBoss> {
  const time = clock?.attach === undefined ? undefined : new MovedTime(clock);
  const { schema, backend, migrate, recoveryIntervalSeconds, timeoutMs } = options;
  const consumers = new Map<string, Consumer<PgBossJob>>();
  const boss = new PgBoss({
    db: listenIn(
      database.db,
      (queue) => consumers.get(queue)?.wake(),
      () => wakeAll(consumers),
    ),
    schema,
    backend,
    migrate,
    createSchema: migrate,
    schedule: false,
    supervise: isStoreWorked,
    useListenNotify: isStoreWorked,
    superviseIntervalSeconds: recoveryIntervalSeconds,
    monitorIntervalSeconds: recoveryIntervalSeconds,
    ...(time === undefined ? undefined : { clock: time.clock }),
  });
  boss.on('error', onError);
  try {
    await findVersion(boss, describeStore(options), schema);
    await boss.start();
  } catch (error) {
    await stop(boss, CLOSE_MS, onError);
    await database.close(CLOSE_MS);
    throw migrate || isConnectionError(error) ? error : explain(error, options);
  }
  const db = database.withDeadline(timeoutMs);
  const paused = new PausedQueues(boss, db, () => wakeAll(consumers));
  const unblock = async (): Promise<void> => {
    const unblocked = await unblockKeys(db, schema, [...consumers.keys()]);
    for (const queue of unblocked) consumers.get(queue)?.wake();
  };
  const ends = isStoreWorked
    ? [
        repeat(PAUSED_REFRESH_MS, () => paused.refresh(), onError),
        repeat(recoveryIntervalSeconds * 1000, unblock, onError),
      ]
    : [];
  const turns = new Turns(database.deliveryTransactions);
  const look = async (): Promise<void> => {
    await unblock();
    await Promise.all([...consumers.values()].map((consumer) => consumer.look()));
  };
  if (time !== undefined) {
    const getQueues = (): string[] => [...consumers.keys()];
    ends.push(time.attach({ db, schema, getQueues, isHeldUp: () => turns.areTaken, look }));
  }
  return {
    boss,
    database,
    schema,
    time,
    turns,
    paused,
    onError,
    register: (queue, consumer) => consumers.set(queue, consumer),
    getConsumer: (queue) => consumers.get(queue),
    wakeAll: () => wakeAll(consumers),
    close: async (deadlineMs) => {
      for (const end of ends) end();
      for (const consumer of consumers.values()) consumer.abandon();
      await stop(boss, deadlineMs, onError);
      await database.close(deadlineMs);
    },
  };
}

/** It may wait for a server that does not answer. */
async function stop(boss: PgBoss, deadlineMs: number, onError: (error: unknown) => void): Promise<void> {
  await waitAtMost(deadlineMs, boss.stop({ graceful: false, close: false }).catch(onError));
}

function wakeAll(consumers: ReadonlyMap<string, Consumer<PgBossJob>>): void {
  for (const consumer of consumers.values()) consumer.wake();
}

/** Hears what pg-boss hears: which queue has new work, and that it may have missed something. */
function listenIn(db: Db, onQueue: (queue: string) => void, onReconnect: () => void): Db {
  if (db.listen === undefined) return db;
  const listen = db.listen.bind(db);
  return Object.create(db, {
    listen: {
      // pg-boss puts another in its place where its clock is moved.
      configurable: true,
      value: ((channel, tell, tellReconnect) =>
        listen(
          channel,
          (payload) => {
            onQueue(payload);
            tell(payload);
          },
          () => {
            onReconnect();
            tellReconnect();
          },
        )) satisfies Db['listen'],
    },
  }) as Db;
}

/** What pg-boss says of tables that it may not create or migrate, and what that means. */
const NOT_UP_TO_DATE: readonly (readonly [says: string, meaning: string])[] = [
  ['pg-boss is not installed', "pg-boss's tables are not there"],
  ['pg-boss database requires migrations', "pg-boss's tables are of another version"],
];

function explain(error: unknown, { schema, folder }: ResolvedPgBossOptions): unknown {
  const message = describeThrown(error);
  const meaning = NOT_UP_TO_DATE.find(([says]) => message.includes(says))?.[1];
  if (meaning === undefined) return error;
  return new StoreUnavailableError(
    `schema '${schema}'`,
    `${meaning}, and they are not to be migrated on the way ('migrate' is false). Run: ` +
      `npx event-drivers migrate --connection ${quoteForShell(folder ?? '<url>')} --schema ${quoteForShell(schema)}`,
    error,
  );
}
