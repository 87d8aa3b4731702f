import { resolve } from 'node:path';
import { StoreUnavailableError } from '../errors/index.js';
import type { OpenOptions } from '../queue/worker-creator.js';
import { hasDatabase } from './embedded/has-database.js';
import type { Database } from './database.js';
import type { ResolvedPgBossOptions } from './pg-boss-options.js';
import { describeConnection } from './postgres/describe-connection.js';

/** The store as logs and errors name it, and as it is told from others. Without secrets. */
export function describeStore({ folder, connection, schema }: ResolvedPgBossOptions): string {
  if (folder === null) return `${describeConnection(connection)}#${schema}`;
  return folder === undefined
    ? `embedded database in memory (${schema})`
    : `embedded database ${resolve(folder)}`;
}

/** Opens the database that the options name, and says what it is not fit for. */
export async function openDatabase(
  options: ResolvedPgBossOptions,
  {
    onError,
    onWarning,
    strict,
    mustExist,
  }: Pick<OpenOptions, 'onError' | 'onWarning' | 'strict' | 'mustExist'>,
): Promise<Database> {
  if (mustExist === true && typeof options.folder === 'string' && !hasDatabase(options.folder)) {
    throw new StoreUnavailableError(describeStore(options), 'there is no database in that folder');
  }
  const database =
    options.folder === null
      ? await openPostgres(options, onError, onWarning)
      : await openEmbedded(options, options.folder, onError);
  const weaknesses = await database.check().catch(async (error: unknown) => {
    await database.close(options.timeoutMs);
    throw error;
  });
  if (strict && weaknesses.length > 0) {
    await database.close(options.timeoutMs);
    throw new StoreUnavailableError(describeStore(options), `${weaknesses.join('; ')} (strict: true)`);
  }
  for (const weakness of weaknesses) onWarning(weakness);
  return database;
}

/** pg-boss does without advisory locks there as well. */
const WITHOUT_LOCKS: ReadonlySet<string> = new Set(['cockroachdb', 'yugabytedb']);

async function openPostgres(
  options: ResolvedPgBossOptions,
  onError: (error: unknown) => void,
  onWarning: (message: string) => void,
): Promise<Database> {
  const { checkServer, openPostgresDatabase } = await import('./postgres/index.js');
  const { connection, backend, prepare, poolSize, timeoutMs } = options;
  const { db, pool, close } = openPostgresDatabase({
    connection: connection,
    prepare,
    poolSize,
    timeoutMs,
    onError,
    onWarning,
  });
  const poolMax = db.poolCounts?.()?.max ?? poolSize;
  return {
    db,
    client: pool,
    isExclusive: false,
    withDeadline: (milliseconds) => db.withDeadline(milliseconds),
    isPostgres: backend === 'postgres',
    hasAdvisoryLocks: !WITHOUT_LOCKS.has(backend),
    beginTransaction: (deadlineMs) => db.beginTransaction(deadlineMs),
    deliveryTransactions: getDeliveryTransactions(poolMax),
    check: async () => [...(await checkServer(db)), ...checkPool(poolMax)],
    close,
  };
}

/** Some connections are left to what must not wait for listeners: signs of life, fetching, recording, dispatches. */
function getDeliveryTransactions(poolMax: number): number {
  return Math.max(poolMax - (poolMax < 4 ? 1 : 2), 1);
}

function checkPool(poolMax: number): string[] {
  return poolMax > 1
    ? []
    : [
        'The pool has one connection: nothing else can be done while a transactional listener runs, which is then ' +
          'taken for dead. Give the pool a `max` of 2 or more.',
      ];
}

/** Its statements need no deadline: there is no network that could swallow the answer. */
async function openEmbedded(
  { schema }: ResolvedPgBossOptions,
  folder: string | undefined,
  onError: (error: unknown) => void,
): Promise<Database> {
  const { openEmbeddedDatabase } = await import('./embedded/index.js');
  const database = await openEmbeddedDatabase({ folder, schema, onError });
  const { db } = database;
  return {
    db,
    get client() {
      return database.pglite;
    },
    isExclusive: true,
    withDeadline: () => db,
    isPostgres: true,
    hasAdvisoryLocks: false,
    beginTransaction: () => db.beginTransaction(),
    // It has one at a time. What else there is to do gets its turn in between.
    deliveryTransactions: 1,
    check: () => Promise.resolve([]),
    close: () => database.close(),
  };
}
