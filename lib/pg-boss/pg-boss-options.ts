import { fileURLToPath } from 'node:url';
import type { BackendProfile } from 'pg-boss';
import {
  anyOf,
  checkOptions,
  flag,
  milliseconds,
  oneOf,
  type OptionRule,
  text,
  wholeNumber,
} from '../utils/option-rules.js';
import { checkConnection, isUnset } from './check-connection.js';

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

/** The kinds of server. */
export const BACKENDS = [
  'postgres',
  'pglite',
  'citus',
  'cockroachdb',
  'yugabytedb',
] as const satisfies readonly BackendProfile[];

const DEFAULT_FOLDER = './data/events';

/** Options of `PgBossWorkerCreator`. */
export interface PgBossOptions {
  /**
   * A PostgreSQL server, or the embedded database: `{ embedded: './data/events' }`, `{ embedded: 'memory' }`. An empty
   * text, as of a variable that is set to nothing, is as if it were left out.
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
   * How many connections to have at most. `max` among the options of a pool, as which `connection` is given, wins.
   *
   * @defaultValue 10
   */
  poolSize?: number;

  /**
   * How long the server may take to answer, in milliseconds. For a connection to be made, `connectionTimeoutMillis`
   * among the options of a pool, as which `connection` is given, wins.
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

/** As pg-boss writes it in its statements: as it is, or with the quotes that it is given in. */
const SCHEMA = /^(?:[A-Za-z_]\w*|"[^"'%$.\\\p{Cc}]+")$/u;
const MAX_SCHEMA_BYTES = 50;

const schemaName: OptionRule = (value) =>
  typeof value === 'string' &&
  SCHEMA.test(value) &&
  Buffer.byteLength(value.replaceAll('"', '')) <= MAX_SCHEMA_BYTES
    ? undefined
    : `a letter or '_', then letters, digits and '_', ${MAX_SCHEMA_BYTES} at most; or a name in double quotes`;

const RULES: Readonly<Record<keyof PgBossOptions, OptionRule>> = {
  // It may have a secret in it, which must not be shown.
  connection: () => undefined,
  schema: schemaName,
  backend: oneOf(...BACKENDS),
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
  const problems = checkOptions(options, RULES);
  const { connection, backend } = (options ?? {}) as PgBossOptions;
  const problem = checkConnection(connection);
  if (problem !== undefined) return [problem, ...problems];
  const isEmbedded = findFolder(connection) !== null;
  if (backend !== undefined && (backend === 'pglite') !== isEmbedded) {
    problems.push(
      isEmbedded
        ? `backend is '${backend}', but the connection is the embedded database, which is 'pglite': leave it out`
        : `backend is 'pglite', but the connection is a server: leave it out, or name the kind of the server`,
    );
  }
  return problems;
}

export function resolvePgBossOptions(options: PgBossOptions): ResolvedPgBossOptions {
  const folder = findFolder(options.connection);
  return {
    connection: options.connection ?? '',
    folder,
    schema: options.schema ?? 'pgboss',
    backend: options.backend ?? (folder === null ? 'postgres' : 'pglite'),
    migrate: options.migrate ?? true,
    prepare: options.prepare ?? true,
    poolSize: options.poolSize ?? 10,
    timeoutMs: options.timeoutMs ?? 5000,
    recoveryIntervalSeconds: options.recoveryIntervalSeconds ?? 5,
    ambientTransactions: options.ambientTransactions ?? true,
  };
}

/** The folder of the embedded database; `undefined` if it is in memory; `null` if a server is meant. */
function findFolder(connection: PgBossConnection | undefined): string | undefined | null {
  if (connection === undefined || isUnset(connection)) return DEFAULT_FOLDER;
  if (typeof connection !== 'object' || !('embedded' in connection)) return null;
  const folder = String(connection.embedded);
  if (folder === 'memory') return undefined;
  return /^file:\/\//i.test(folder) ? fileURLToPath(folder) : folder;
}
