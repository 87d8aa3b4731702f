import type { Db } from 'pg-boss';

/** A transaction that is open until it is committed or rolled back. */
export interface DatabaseTransaction {
  readonly db: Db;
  /** What libraries call the connection or transaction. */
  readonly client: unknown;
  commit(): Promise<void>;
  /** Never rejects. */
  rollback(): Promise<void>;
}

/** The database that an engine works on: a PostgreSQL server or the embedded one. */
export interface Database {
  /** What pg-boss is given. It may take long over a statement: some of pg-boss's do. */
  readonly db: Db;

  /** The same, with statements that settle within a time. */
  readonly withDeadline: (milliseconds: number) => Db;

  /** Its statements settle within a time, if one is given. */
  readonly beginTransaction: (deadlineMs?: number) => Promise<DatabaseTransaction>;

  /** How many transactions deliveries may run in at a time: others need connections as well. */
  readonly deliveryTransactions: number;

  /** What it is not fit for, a sentence each, with the remedy. */
  readonly check: () => Promise<readonly string[]>;

  /** What libraries call the connection: a `Pool` of `pg`, or a `PGlite`. */
  readonly client: unknown;

  /** Whether no other process has it, so that whatever is active is left from before a crash. */
  readonly isExclusive: boolean;

  /** Whether it is PostgreSQL itself, be it embedded, and not one of those that are talked to like it. */
  readonly isPostgres: boolean;

  /** Whether processes can exclude one another by locks; not needed where there is one. */
  readonly hasAdvisoryLocks: boolean;

  /** Closes it, by force once the time is over. */
  readonly close: (deadlineMs: number) => Promise<void>;
}
