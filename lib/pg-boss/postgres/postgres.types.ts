import type { Db } from 'pg-boss';

/** What a statement gave; several statements in one text give one of these each. */
export interface StatementResult {
  readonly rows: unknown[];
  readonly command?: string;
}

/** A statement as `pg` takes it. One with a name is parsed once for each connection. */
export interface Statement {
  text: string;
  values?: unknown[];
  name?: string;
}

/** The part of a client of `pg` that is used here. */
export interface PostgresClient {
  query(statement: Statement): Promise<StatementResult | StatementResult[]>;
  release(error?: Error | boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of a pool of `pg` that is used here: what an application hands over must have it. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  query(statement: Statement): Promise<StatementResult | StatementResult[]>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  readonly options: object;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Where the database is, as `pg` takes it: host, port, user, password, database, ssl and so on. */
export type ConnectionConfig = Readonly<Record<string, unknown>>;

/** How to reach a PostgreSQL database. */
export interface PostgresOptions {
  /** A connection string, a configuration of `pg`, or a pool of the application's own. */
  readonly connection: string | ConnectionConfig | PostgresPool;
  /** Whether statements are prepared, once for each connection. @default true */
  readonly prepare?: boolean;
  /** How long to wait for a connection, and for the answer to a statement that says no other, in ms. @default 5000 */
  readonly timeoutMs?: number;
  /** How many connections there are at most; those of an application's own pool are its own business. @default 10 */
  readonly poolSize?: number;
  /** What the server calls the connections. @default 'nestjs-event-drivers' */
  readonly applicationName?: string;
  /** How often to check that a subscription to a channel still is one, in milliseconds. @default 10000 */
  readonly heartbeatMs?: number;
  /** Hears of connections that fail in the background. */
  onError(error: unknown): void;
  /** Hears what works less well than it could. Errors' listener hears it where there is none. */
  readonly onWarning?: (message: string) => void;
}

/** A database that begins transactions of our kind. */
export interface TransactionalDb extends Db {
  beginTransaction(): Promise<OpenTransaction>;
}

/** A database for pg-boss. */
export interface PostgresDb extends TransactionalDb {
  /** Each of its statements settles within the time, if one is given. */
  beginTransaction(deadlineMs?: number): Promise<OpenTransaction>;
  /** The same database, with a time limit for each statement. */
  withDeadline(timeoutMs: number): TransactionalDb;
  /** Runs statements on one connection, which nobody else uses meanwhile, each for itself. */
  withConnection<T>(work: (db: Db) => Promise<T>): Promise<T>;
}

/** A database and its connections. */
export interface OpenedPostgres {
  readonly db: PostgresDb;
  readonly pool: PostgresPool;
  /** Which database it is, without secrets. */
  readonly name: string;
  /**
   * Waits for what is running, but not longer than this, and closes what was opened here. May be
   * called more than once.
   */
  readonly close: (deadlineMs: number) => Promise<void>;
}

/** A transaction that its owner commits or rolls back. */
export type OpenTransaction = Awaited<ReturnType<NonNullable<Db['beginTransaction']>>> & {
  /** The client of `pg` that it runs on, for libraries that take one. */
  readonly client: unknown;
};

/** A subscription to a channel. */
export type Subscription = Awaited<ReturnType<NonNullable<Db['listen']>>>;

export function isPool(connection: unknown): connection is PostgresPool {
  if (typeof connection !== 'object' || connection === null) return false;
  const { connect, query, options } = connection as Partial<Record<keyof PostgresPool, unknown>>;
  return typeof connect === 'function' && typeof query === 'function' && typeof options === 'object';
}
