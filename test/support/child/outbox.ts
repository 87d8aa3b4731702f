import { setTimeout as delay } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { EventService, QueueDriver } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { Pool } from 'pg';
import type { ChildConfig } from './protocol.js';

/** Has those that begin together last for times that are all different. */
const STEP = 7;

/** Thrown to have a transaction rolled back. */
class Rollback extends Error {}

interface Transaction {
  /** What `dispatch()` takes. */
  readonly handle: unknown;
  readonly query: (text: string, values: unknown[]) => Promise<unknown>;
}

type RunInTransaction = (work: (transaction: Transaction) => Promise<void>) => Promise<void>;

/** What becomes of a transaction. */
interface Fate {
  readonly isRolledBack: boolean;
  /** For how long it is kept open before that. */
  readonly holdMs: number;
}

/** Transactions of an application, on the database that has its queue. */
export class Outbox {
  private readonly runInTransaction: RunInTransaction;
  private begun = 0;

  constructor(config: ChildConfig, events: EventService) {
    const { connection } = config.store!;
    this.runInTransaction =
      typeof connection === 'string' ? onPostgres(connection) : onPglite(() => getPglite(events));
  }

  /** Does work together with a row for each id: all or nothing. */
  async run(
    table: string,
    ids: readonly string[],
    { isRolledBack, holdMs }: Fate,
    work: (transaction: unknown) => Promise<void>,
  ): Promise<void> {
    try {
      await this.runInTransaction(async ({ handle, query }) => {
        for (const id of ids) await query(`INSERT INTO ${table} VALUES ($1)`, [id]);
        await work(handle);
        if (holdMs > 0) await delay((this.begun++ * STEP) % holdMs);
        if (isRolledBack) throw new Rollback();
      });
    } catch (error) {
      if (!(error instanceof Rollback)) throw error;
    }
  }
}

function onPostgres(connectionString: string): RunInTransaction {
  const pool = new Pool({ connectionString, max: 20, allowExitOnIdle: true });
  pool.on('error', () => undefined);
  return async (work) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await work({ handle: client, query: (text, values) => client.query(text, values) });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };
}

function onPglite(getClient: () => PGlite): RunInTransaction {
  return (work) =>
    getClient().transaction((transaction) =>
      work({ handle: transaction, query: (text, values) => transaction.query(text, values) }),
    );
}

function getPglite(events: EventService): PGlite {
  return (events.getDriver<QueueDriver>('queue').getEngine() as PgBossWorkerCreator).getClient<PGlite>();
}
