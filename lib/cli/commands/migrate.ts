import { hasDatabase } from '../../pg-boss/embedded/has-database.js';
import type { Migration } from '../../pg-boss/migrate-store.js';
import { BACKENDS, type PgBossOptions } from '../../pg-boss/pg-boss-options.js';
import type { Command } from '../command.js';
import { CONNECTION_OPTIONS } from '../options.js';
import type { OptionValues } from '../option-values.js';
import { importOptional } from '../sources/import-optional.js';
import { readStoreOptions, type StoreOptions } from '../sources/store-options.js';
import { UsageError } from '../usage.error.js';

/** `migrate`: creates or migrates the tables of pg-boss. */
export const migrate: Command = {
  name: 'migrate',
  summary: 'create the tables of pg-boss, or bring them to the version that is installed',
  options: {
    ...CONNECTION_OPTIONS,
    backend: {
      type: 'string',
      value: '<kind>',
      description: `the kind of server: ${BACKENDS.join(', ')}`,
    },
    plan: {
      type: 'boolean',
      description: 'print the SQL, and run none of it; without --connection, that of a new schema',
    },
  },
  examples: [
    'migrate --connection postgres://user:password@localhost:5432/shop --schema events',
    'migrate --connection postgres://user:password@localhost:5432/shop --plan > migration.sql',
  ],
  run: async ({ io, values, print }) => {
    const isPlan = values.isSet('plan');
    const backend = readBackend(values);
    const store = readStoreOptions(values, io);
    const options = store && { ...store, ...backend };
    const schema = values.getText('schema') ?? 'pgboss';
    if (options === undefined && !isPlan) {
      throw new UsageError('say which store: --connection <url|folder>, or DATABASE_URL');
    }
    const migrations = await importOptional(() => import('../../pg-boss/migrate-store.js'));
    if (!isPlan) {
      const isNew = isNewFolder(options!);
      const done = await importOptional(() => migrations.migrateStore(options!));
      const migration = isNew ? { ...done, from: undefined } : done;
      print({ schema, from: migration.from ?? null, to: migration.to }, () => describe(migration, schema));
      return;
    }
    const migration =
      options === undefined || isNewFolder(options)
        ? { from: undefined, to: migrations.getTargetVersion() }
        : await importOptional(() => migrations.findMigration(options));
    const sql = migrations.planMigration(migration, { schema, ...backend });
    print({ schema, from: migration.from ?? null, to: migration.to, sql }, () =>
      [`-- ${describe(migration, schema, true)}`, sql.trim()].filter(Boolean).join('\n'),
    );
  },
};

/** @throws {@link UsageError} if it is none that there is */
function readBackend(values: OptionValues): Pick<PgBossOptions, 'backend'> {
  const given = values.getText('backend');
  if (given === undefined) return {};
  const backend = BACKENDS.find((known) => known === given);
  if (backend !== undefined) return { backend };
  throw new UsageError(`--backend must be one of ${BACKENDS.join(', ')}, not '${given}'`);
}

/** An embedded database is created with the tables in it. */
function isNewFolder({ connection }: StoreOptions): boolean {
  return typeof connection === 'object' && !hasDatabase(connection.embedded);
}

function describe({ from, to }: Migration, schema: string, isPlan = false): string {
  if (from === to) return `The tables in schema '${schema}' are up to date: version ${to}.`;
  const [create, bring] = isPlan ? ['Creates', 'Brings'] : ['Created', 'Brought'];
  return from === undefined
    ? `${create} the tables in schema '${schema}': version ${to}.`
    : `${bring} the tables in schema '${schema}' from version ${from} to version ${to}.`;
}
