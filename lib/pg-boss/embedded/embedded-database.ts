import type { PGlite } from '@electric-sql/pglite';
import { type Db, fromPglite } from 'pg-boss';
import { describePgliteError } from './describe-pglite-error.js';
import { beginTransaction, type EmbeddedTransaction } from './embedded-transaction.js';
import { GuardedPglite } from './guarded-pglite.js';
import type { FolderLock } from './lock/folder-lock.js';
import { StatementQueue } from './statement-queue.js';
import { WalLimit } from './wal-limit.js';

/** The embedded database as pg-boss uses one. */
export interface EmbeddedDb extends Db {
  listen: NonNullable<Db['listen']>;
  setSessionStatements: NonNullable<Db['setSessionStatements']>;
  beginTransaction(): Promise<EmbeddedTransaction>;
}

/** A subscription, which has to be made again when the database is opened anew. */
interface Subscription {
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  readonly onReconnect: () => void;
  listening: { close(): Promise<void> };
}

/** How long after it could not be opened anew to try that again. */
const REOPEN_PAUSE_MS = 1000;

/** What PostgreSQL answers while it starts. */
const CANNOT_CONNECT_NOW = '57P03';

/** A PGlite that is open, with all that goes through it in one queue. After a crash, it is opened anew. */
export class EmbeddedDatabase {
  /** Runs statements one at a time, in order. */
  readonly db: EmbeddedDb;
  readonly #statements: StatementQueue;
  readonly #walLimit: WalLimit;
  readonly #transactions = new Set<EmbeddedTransaction>();
  readonly #subscriptions = new Set<Subscription>();
  #sessionStatements: string[] = [];
  #guarded: GuardedPglite;
  #adapter: Db;
  #triedAt = -Infinity;
  #closed: Promise<void> | undefined;

  constructor(
    pglite: PGlite,
    private readonly lock: FolderLock | undefined,
    private readonly onError: (error: unknown) => void,
    /** Opens it after a crash; `undefined` where nothing is left then. */
    private readonly reopen?: () => Promise<PGlite>,
  ) {
    this.#guarded = new GuardedPglite(pglite);
    this.#adapter = fromPglite(pglite);
    this.#walLimit = new WalLimit(onError);
    this.#statements = new StatementQueue('The embedded database is closed.', async (elapsedMs) => {
      if (!this.#guarded.hasCrashed) await this.#walLimit.afterStatement(this.pglite, elapsedMs);
    });
    this.db = this.#createDb();
  }

  /** For reading; what it runs is not in the queue, and does not make way for timers. */
  get pglite(): PGlite {
    return this.#guarded.pglite;
  }

  /**
   * Rolls back what is in transactions, waits for the statements that were issued, and closes. What
   * goes wrong is reported, not thrown: there is nothing that the caller could do about it.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  #createDb(): EmbeddedDb {
    const run = <T>(statement: (adapter: Db) => Promise<T>) =>
      this.#statements.run(async () => statement(await this.#getAdapter()));
    return {
      // Its rollback after an error is part of it: no other statement gets in between.
      executeSql: (text, values) => run((adapter) => adapter.executeSql(text, values)),
      listen: async (channel, onNotification, onReconnect) => {
        const hear = (payload: string) => void this.#report(() => onNotification(payload));
        const listening = await run((adapter) => adapter.listen!(channel, hear, onReconnect));
        const subscription = { channel, onNotification: hear, onReconnect, listening };
        this.#subscriptions.add(subscription);
        return {
          close: async () => {
            this.#subscriptions.delete(subscription);
            await (this.#closed ?? run(() => subscription.listening.close()));
          },
        };
      },
      setSessionStatements: async (statements) => {
        this.#sessionStatements = statements;
        await run((adapter) => adapter.setSessionStatements!(statements));
      },
      beginTransaction: () => this.#beginTransaction(),
    };
  }

  async #beginTransaction(): Promise<EmbeddedTransaction> {
    const getPglite = async () => {
      await this.#getAdapter();
      return this.pglite;
    };
    const transaction = await beginTransaction(getPglite, this.#statements, this.#walLimit);
    // Those that were waiting for their turn when it was closed.
    if (this.#closed !== undefined) await transaction.rollback();
    this.#transactions.add(transaction);
    const forget = () => this.#transactions.delete(transaction);
    transaction.ended.then(forget, forget);
    return transaction;
  }

  /** What to run a statement with. Called within the queue, so that nothing else is running. */
  async #getAdapter(): Promise<Db> {
    if (this.#guarded.hasCrashed) await this.#recover();
    return this.#adapter;
  }

  /** The one that has crashed is left alone, as it may never return; there is nothing of it that others need. */
  async #recover(): Promise<void> {
    const { reopen } = this;
    if (reopen === undefined) throw unavailable('it was in memory, and is lost');
    if (performance.now() - this.#triedAt < REOPEN_PAUSE_MS)
      throw unavailable('it is opened again in a moment');
    this.#triedAt = performance.now();
    let pglite: PGlite;
    try {
      pglite = await reopen();
    } catch (error) {
      throw unavailable('it cannot be opened again', error);
    }
    const adapter = fromPglite(pglite);
    this.#guarded = new GuardedPglite(pglite);
    this.#adapter = adapter;
    await this.#report(() => adapter.setSessionStatements!(this.#sessionStatements));
    for (const subscription of this.#subscriptions) {
      const { channel, onNotification, onReconnect } = subscription;
      await this.#report(async () => {
        subscription.listening = await adapter.listen!(channel, onNotification, onReconnect);
      });
    }
  }

  async #close(): Promise<void> {
    const done = this.#statements.close();
    for (const transaction of this.#transactions) void transaction.rollback();
    await done;
    if (!this.#guarded.hasCrashed) {
      // PGlite does it as well when it closes, but keeps to itself what goes wrong.
      await this.#report(() => this.pglite.exec('CHECKPOINT'));
    }
    if (!this.#guarded.hasCrashed) await this.#report(() => this.pglite.close());
    // Last: from here on the folder may be another's.
    await this.#report(() => this.lock?.release());
  }

  async #report(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.onError(error);
    }
  }
}

function unavailable(what: string, cause?: unknown): Error {
  const reason = cause === undefined ? '' : `: ${describePgliteError(cause)}`;
  return Object.assign(new Error(`The embedded database has crashed, and ${what}${reason}`, { cause }), {
    code: CANNOT_CONNECT_NOW,
  });
}
