import { Pool } from 'pg';
import { ClientRegistry } from './client-registry.js';
import { Connections } from './connections.js';
import { describeConnection, toClientConfig } from './describe-connection.js';
import { ListenSessions } from './listen-sessions.js';
import {
  type ConnectionConfig,
  isPool,
  type OpenedPostgres,
  type PostgresOptions,
  type PostgresPool,
} from './postgres.types.js';
import { PostgresDatabase } from './postgres-database.js';
import { PreparedStatements } from './prepared-statements.js';
import { reportOnce } from './report-once.js';

const DEFAULT_TIMEOUT_MS = 5000;
const DEFAULT_POOL_SIZE = 10;

/** After how much silence the kernel asks whether the other side is still there. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** A pool that waits as long as we do would answer in our place. */
const POOL_PATIENCE_MS = 1000;

/** Opens a PostgreSQL database for pg-boss. Nothing is connected before it is needed. */
export function openPostgresDatabase(options: PostgresOptions): OpenedPostgres {
  const { connection, prepare = true, timeoutMs = DEFAULT_TIMEOUT_MS, heartbeatMs } = options;
  const name = describeConnection(connection);
  const onError = reportOnce((error) => options.onError(error));
  const registry = new ClientRegistry();
  const { pool, end } = getPool(options, registry);
  const connections = new Connections({ pool, registry, name, connectTimeoutMs: timeoutMs, onError, end });
  const createClient = () => new registry.Client({ ...toClientConfig(pool), ...KEEP_ALIVE });
  const sessions = new ListenSessions({ name, timeoutMs, heartbeatMs, createClient, onError });
  const prepared = new PreparedStatements(
    prepare,
    options.onWarning ?? ((message) => onError(new Error(message))),
  );
  return {
    db: new PostgresDatabase(pool, connections, prepared, sessions.listen),
    pool,
    name,
    close: async (deadlineMs) => {
      await Promise.all([connections.close(deadlineMs), sessions.close()]);
    },
  };
}

/** The pool, and how to end it if it is ours. */
function getPool(
  options: PostgresOptions,
  registry: ClientRegistry,
): { pool: PostgresPool; end: (() => Promise<void>) | undefined } {
  if (isPool(options.connection)) return { pool: options.connection, end: undefined };
  const pool = createPool(options.connection, options, registry);
  return { pool, end: () => pool.end() };
}

function createPool(
  connection: string | ConnectionConfig,
  { poolSize = DEFAULT_POOL_SIZE, timeoutMs = DEFAULT_TIMEOUT_MS, applicationName }: PostgresOptions,
  registry: ClientRegistry,
): Pool {
  const pool = new Pool({
    application_name: applicationName ?? 'nestjs-event-drivers',
    ...KEEP_ALIVE,
    max: poolSize,
    connectionTimeoutMillis: timeoutMs + POOL_PATIENCE_MS,
    // What the application says of the pool wins.
    ...withoutUndefined(toClientConfig(connection)),
    Client: registry.Client,
  });
  hideConnectionString(pool.options);
  return pool;
}

/** To the pool, what is there but undefined would be a time without limit, for one. */
function withoutUndefined(config: ConnectionConfig): ConnectionConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

/** `pg` hides the password from whoever prints a pool, but not the string that it is also in. */
function hideConnectionString(options: object): void {
  if ('connectionString' in options) {
    Object.defineProperty(options, 'connectionString', { enumerable: false });
  }
}
