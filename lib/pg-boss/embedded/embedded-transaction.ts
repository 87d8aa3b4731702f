import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { Db } from 'pg-boss';
import { StatementQueue } from './statement-queue.js';
import type { WalLimit } from './wal-limit.js';

const SETTLED = 'The transaction has been committed or rolled back already.';

/** What pg-boss calls a transaction that it settles from outside. */
export type TransactionHandle = Awaited<ReturnType<NonNullable<Db['beginTransaction']>>>;

/** A transaction of the embedded database. All other statements wait until it is settled. */
export interface EmbeddedTransaction extends TransactionHandle {
  /** What PGlite calls it, for libraries that take one. */
  readonly client: Transaction;
  /** Settles when it has been committed or rolled back. */
  readonly ended: Promise<void>;
}

/** Begins a transaction that is settled from outside, once the statements before it are done. */
export async function beginTransaction(
  getPglite: () => Promise<PGlite>,
  statements: StatementQueue,
  walLimit: WalLimit,
): Promise<EmbeddedTransaction> {
  const begun = Promise.withResolvers<Transaction>();
  const decided = Promise.withResolvers<'commit' | 'rollback'>();
  const ended = statements.run(async () => {
    const pglite = await getPglite();
    await pglite.transaction(async (client) => {
      begun.resolve(client);
      if ((await decided.promise) === 'rollback') await client.rollback();
    });
  });
  ended.catch(begun.reject);
  return new OpenTransaction(await begun.promise, decided.resolve, ended, walLimit);
}

class OpenTransaction implements EmbeddedTransaction {
  readonly db: Db;
  readonly #statements: StatementQueue;
  #settled: Promise<void> | undefined;
  #hasFailed = false;

  constructor(
    readonly client: Transaction,
    private readonly decide: (decision: 'commit' | 'rollback') => void,
    readonly ended: Promise<void>,
    walLimit: WalLimit,
  ) {
    this.#statements = new StatementQueue(SETTLED, async (elapsedMs) => {
      // After an error PostgreSQL refuses all but the rollback.
      if (!this.#hasFailed) await walLimit.afterStatement(client, elapsedMs);
    });
    this.db = { executeSql: (text, values) => this.#statements.run(() => this.#execute(text, values)) };
  }

  async commit(): Promise<void> {
    if (this.#settled !== undefined) throw new Error(SETTLED);
    await this.#settle('commit');
  }

  async rollback(): Promise<void> {
    // Whoever rolls back has an error already that says more than this one would.
    await this.#settle('rollback').catch(() => undefined);
  }

  #settle(decision: 'commit' | 'rollback'): Promise<void> {
    return (this.#settled ??= this.#statements.close().then(() => {
      this.decide(decision);
      return this.ended;
    }));
  }

  // pg-boss's own adapter cannot be used here: it rolls back after an error, and what the caller does
  // next would then run outside of the transaction.
  async #execute(text: string, values?: readonly unknown[]): Promise<{ rows: unknown[] }> {
    this.#hasFailed = true;
    const rows = await this.#query(text, values ?? []);
    this.#hasFailed = false;
    return { rows };
  }

  async #query(text: string, values: readonly unknown[]): Promise<unknown[]> {
    if (values.length > 0) return (await this.client.query(text, [...values])).rows;
    // Without values it may be several statements.
    return (await this.client.exec(text)).flatMap((result) => result.rows);
  }
}
