import type { BackendProfile } from 'pg-boss';
import {
  anyOf,
  checkOptions,
  flag,
  milliseconds,
  objectWith,
  oneOf,
  type OptionRule,
  text,
  wholeNumber,
} from '../utils/option-rules.js';

/** Where the deliveries are stored. */
export type PgBossConnection =
  /** A connection string, `postgres://user:password@host:5432/database`. */
  | string
  /** What `pg` takes to make a `Pool`. */
  | Readonly<Record<string, unknown>>
  /** A `Pool` of `pg` that the application has; it is not closed. */
  | { connect: Function; query: Function }
  /** A folder, or `'memory'`, for the embedded database. */
  | { embedded: string };

/** Options of `PgBossWorkerCreator`. */
export interface PgBossOptions {
  /**
   * A PostgreSQL server, or the embedded database: `{ embedded: './data/events' }`, `{ embedded: 'memory' }`.
   *
   * @defaultValue `{ embedded: './data/events' }`
   */
  connection?: PgBossConnection | undefined;

  /**
   * The schema that pg-boss keeps its tables in.
   *
   * @defaultValue `'pgboss'`
   */
  schema?: string;

  /**
   * The kind of server.
   *
   * @defaultValue `'pglite'` where it is embedded, else `'postgres'`
   */
  backend?: BackendProfile;

  /**
   * Whether to create and migrate pg-boss's tables at start-up. If not, a schema that is not up to date is an
   * error that names the command to run.
   *
   * @defaultValue true
   */
  migrate?: boolean;

  /**
   * Whether statements are prepared, which is faster. A pooler in transaction mode may not allow it; that is
   * noticed.
   *
   * @defaultValue true
   */
  prepare?: boolean;

  /**
   * How many connections to have at most.
   *
   * @defaultValue 10
   */
  poolSize?: number;

  /**
   * How long the server may take to answer, in milliseconds.
   *
   * @defaultValue 5000
   */
  timeoutMs?: number;

  /**
   * How often to look for deliveries of processes that have died, in seconds.
   *
   * @defaultValue 5
   */
  recoveryIntervalSeconds?: number;

  /**
   * Whether a dispatch joins the transaction that `@nestjs-cls/transactional` has open around it, where that is
   * installed; or the `connectionName` of the connection whose transactions it joins.
   *
   * @defaultValue true: those of the connection that has no name
   */
  ambientTransactions?: boolean | string;
}

const isConnection: OptionRule = (value) => {
  const isEmbedded = typeof value === 'object' && value !== null && 'embedded' in value;
  const rule = isEmbedded ? text(value.embedded) : anyOf('', text, objectWith())(value);
  return rule === undefined
    ? undefined
    : `a connection string, options of a pg Pool, a pg Pool, { embedded: '<folder>' } or { embedded: 'memory' }`;
};

const RULES: Readonly<Record<keyof PgBossOptions, OptionRule>> = {
  connection: isConnection,
  schema: text,
  backend: oneOf('postgres', 'pglite', 'citus', 'cockroachdb', 'yugabytedb'),
  migrate: flag,
  prepare: flag,
  poolSize: wholeNumber(2),
  timeoutMs: milliseconds(1),
  recoveryIntervalSeconds: wholeNumber(1),
  ambientTransactions: anyOf('true, false or the name of a connection', flag, text),
};

export interface ResolvedPgBossOptions extends Required<Omit<PgBossOptions, 'connection'>> {
  readonly connection: PgBossConnection;
  /** The folder of the embedded database; `undefined` if in memory; `null` if it is not embedded. */
  readonly folder: string | undefined | null;
}

export function validatePgBossOptions(options: unknown): string[] {
  return checkOptions(options, RULES);
}

export function resolvePgBossOptions(options: PgBossOptions): ResolvedPgBossOptions {
  const { connection = { embedded: './data/events' } } = options;
  const embedded =
    typeof connection === 'object' && 'embedded' in connection ? String(connection.embedded) : null;
  return {
    connection,
    folder: embedded === 'memory' ? undefined : embedded,
    schema: options.schema ?? 'pgboss',
    backend: options.backend ?? (embedded === null ? 'postgres' : 'pglite'),
    migrate: options.migrate ?? true,
    prepare: options.prepare ?? true,
    poolSize: options.poolSize ?? 10,
    timeoutMs: options.timeoutMs ?? 5000,
    recoveryIntervalSeconds: options.recoveryIntervalSeconds ?? 5,
    ambientTransactions: options.ambientTransactions ?? true,
  };
}
