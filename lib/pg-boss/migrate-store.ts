import { type BackendProfile, getConstructionPlans, getMigrationPlans, PgBoss } from 'pg-boss';
import { InvalidOptionsError } from '../errors/index.js';
import { describeStore, openDatabase } from './open-database.js';
import { type PgBossOptions, resolvePgBossOptions, validatePgBossOptions } from './pg-boss-options.js';
import { findVersion, getTargetVersion } from './schema-version.js';

export { getTargetVersion };

/** From which version of pg-boss's tables to which. */
export interface Migration {
  /** `undefined` where there are none. */
  readonly from: number | undefined;
  readonly to: number;
}

interface Plan {
  readonly schema: string;
  readonly backend?: BackendProfile;
}

/** Creates pg-boss's tables, or brings them to the version of the pg-boss that is installed. */
export function migrateStore(options: PgBossOptions): Promise<Migration> {
  return withBoss(options, async (boss, migration) => {
    if (migration.from !== migration.to) await boss.start();
    return { ...migration, to: (await boss.schemaVersion()) ?? migration.to };
  });
}

/** Which migration there would be, and of what version the tables are now. Nothing is changed. */
export function findMigration(options: PgBossOptions): Promise<Migration> {
  return withBoss(options, (_boss, migration) => Promise.resolve(migration));
}

/** The SQL of a migration, as that kind of server takes it; empty where there is nothing to do. */
export function planMigration({ from, to }: Migration, { schema, backend }: Plan): string {
  if (from === to) return '';
  const options = backend === undefined ? {} : { backend };
  return from === undefined
    ? getConstructionPlans(schema, options)
    : getMigrationPlans(schema, from, options);
}

async function withBoss<T>(
  input: PgBossOptions,
  use: (boss: PgBoss, migration: Migration) => Promise<T>,
): Promise<T> {
  const problems = validatePgBossOptions(input);
  if (problems.length > 0) throw new InvalidOptionsError('The store', problems);
  const options = resolvePgBossOptions(input);
  const { schema, backend, timeoutMs } = options;
  const database = await openDatabase(options, { onError: ignore, onWarning: ignore, strict: false });
  const boss = new PgBoss({
    db: database.db,
    schema,
    backend,
    migrate: true,
    createSchema: true,
    schedule: false,
    supervise: false,
    useListenNotify: false,
  });
  boss.on('error', ignore);
  try {
    const from = await findVersion(boss, describeStore(options), schema);
    return await use(boss, { from, to: getTargetVersion() });
  } finally {
    await boss.stop({ graceful: false, close: false }).catch(ignore);
    await database.close(timeoutMs);
  }
}

/** What fails, fails the migration as well. */
function ignore(): void {}
