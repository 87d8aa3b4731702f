import type { Db, PoolCounts } from 'pg-boss';
import { StoreTimeoutError } from '../../errors/index.js';
import { readProperty } from '../../errors/thrown.js';
import type { Connections } from './connections.js';
import { Deadline } from './deadline.js';
import type { Lease } from './lease.js';
import type {
  OpenTransaction,
  PostgresDb,
  PostgresPool,
  StatementResult,
  Subscription,
  TransactionalDb,
} from './postgres.types.js';
import type { PreparedStatements } from './prepared-statements.js';
import { beginTransaction, type GetTimeout } from './transaction.js';

/** How long a statement that no other limit is given for may take. */
const STATEMENT_MS = 60_000;

/** How long a migration or the building of an index may take. */
const SCHEMA_CHANGE_MS = 30 * 60_000;
const SCHEMA_CHANGE = /\b(?:CREATE|ALTER|DROP|REINDEX|VACUUM|ANALYZE)\b/i;

/** Opens a subscription to a channel. */
export type Listen = NonNullable<Db['listen']>;

/** pg-boss's database over a pool of `pg`, with a deadline for each statement. */
export class PostgresDatabase implements PostgresDb {
  constructor(
    private readonly pool: PostgresPool,
    private readonly connections: Connections,
    private readonly prepared: PreparedStatements,
    private readonly subscribe: Listen,
  ) {}

  executeSql(text: string, values?: unknown[]): Promise<StatementResult> {
    return this.execute(text, values, getDefaultTimeout(text));
  }

  beginTransaction(deadlineMs?: number): Promise<OpenTransaction> {
    return this.begin(deadlineMs === undefined ? getDefaultTimeout : () => deadlineMs);
  }

  withDeadline(timeoutMs: number): TransactionalDb {
    return {
      executeSql: (text, values) => this.execute(text, values, timeoutMs),
      beginTransaction: () => this.beginTransaction(timeoutMs),
    };
  }

  async withConnection<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const lease = await this.connections.acquire(new Deadline(STATEMENT_MS));
    try {
      const result = await work({
        executeSql: (text, values = []) => lease.run({ text, values }, new Deadline(getDefaultTimeout(text))),
      });
      lease.release();
      return result;
    } catch (error) {
      lease.destroy(error as Error);
      throw error;
    }
  }

  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<Subscription> {
    return this.subscribe(channel, onNotification, onReconnect);
  }

  async setSessionStatements(statements: string[]): Promise<void> {
    this.connections.setSessionStatements(statements);
  }

  poolCounts(): PoolCounts | null {
    if (this.connections.isClosed) return null;
    const { options, totalCount, idleCount, waitingCount } = this.pool;
    const max = Number(readProperty(options, 'max') ?? 10);
    return { max, total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  private async begin(getTimeout: GetTimeout): Promise<OpenTransaction> {
    const lease = await this.connections.acquire(new Deadline(getTimeout('BEGIN')));
    return beginTransaction(lease, getTimeout);
  }

  private async execute(
    text: string,
    values: unknown[] | undefined,
    timeoutMs: number,
  ): Promise<StatementResult> {
    const deadline = new Deadline(timeoutMs);
    const lease = await this.connections.acquire(deadline);
    try {
      const result = await this.runPrepared(lease, text, values, deadline);
      lease.release();
      return result;
    } catch (error) {
      if (isUsableAfter(error, values)) lease.release();
      else lease.destroy(error as Error);
      throw error;
    }
  }

  private async runPrepared(
    lease: Lease,
    text: string,
    values: unknown[] | undefined,
    deadline: Deadline,
  ): Promise<StatementResult> {
    const statement = this.prepared.toStatement(text, values);
    try {
      return await lease.run(statement, deadline);
    } catch (error) {
      const again = this.prepared.recover(statement, error);
      if (again === undefined) throw error;
      return lease.run(again, deadline);
    }
  }
}

function getDefaultTimeout(text: string): number {
  return SCHEMA_CHANGE.test(text) ? SCHEMA_CHANGE_MS : STATEMENT_MS;
}

/**
 * Whether the next statement may go over a connection on which one has failed. Not if it is broken, and
 * not if it may be in a transaction, which only a text of several statements, thus without values, opens.
 */
function isUsableAfter(error: unknown, values: unknown[] | undefined): boolean {
  if (values === undefined || values.length === 0 || error instanceof StoreTimeoutError) return false;
  const code = readProperty(error, 'code');
  return readProperty(error, 'severity') === 'ERROR' && typeof code === 'string' && !code.startsWith('25');
}
