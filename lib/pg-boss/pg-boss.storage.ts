import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { EventsError, StoreClosedError, StoreError, StoreTimeoutError } from '../errors/index.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import type { Database } from './database.js';
import { isConnectionError, isUnreachable } from './database-errors.js';
import { explainInTransaction } from './explain-in-transaction.js';
import { inTransaction } from './in-transaction.js';
import { keepOrder } from './keep-order.js';
import { ORDERED_SUFFIX, toJobInsert } from './pg-boss.mapper.js';

/** Stores deliveries as jobs of pg-boss. */
export class PgBossStorage {
  constructor(
    private readonly boss: PgBoss,
    private readonly database: Database,
    /** The schema of pg-boss, as it is written in statements. */
    private readonly schema: string,
    /** For errors. */
    private readonly storeName: string,
    private readonly timeoutMs: number,
  ) {}

  /** @throws {@link StoreError} which says whether they may be stored all the same */
  async store(queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    try {
      await this.insertAll(queue, deliveries);
    } catch (error) {
      if (!isConnectionError(error)) throw this.explain(error, isWithoutEffect(error));
      // The ids are ours: what was stored in spite of it is not stored again.
      await this.insertAll(queue, deliveries).catch((again: unknown) => {
        throw this.explain(again, isWithoutEffect(error) && isWithoutEffect(again));
      });
    }
  }

  /**
   * Stores in a transaction of the caller's.
   *
   * @throws {@link StoreError} with what the database says
   */
  async storeIn(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    try {
      await this.insertIn(db, queue, deliveries);
    } catch (error) {
      throw explainInTransaction(error, this.storeName);
    }
  }

  private async insertIn(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    const plain: JobInsert[] = [];
    const ordered: JobInsert[] = [];
    for (const delivery of deliveries) {
      (isOrdered(delivery) ? ordered : plain).push(toJobInsert(delivery));
    }
    if (plain.length > 0) await this.insert(queue, plain, db);
    if (ordered.length > 0) await this.insertInOrder(queue + ORDERED_SUFFIX, ordered, db);
  }

  /** What has an ordering key is in a queue of its own, and has to be put in order; all or none. */
  private async insertAll(queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    if (deliveries.some(isOrdered)) {
      return inTransaction(this.database, ({ db }) => this.insertIn(db, queue, deliveries), this.timeoutMs);
    }
    return this.insertIn(this.database.withDeadline(this.timeoutMs), queue, deliveries);
  }

  private async insertInOrder(queue: string, jobs: JobInsert[], db: Db): Promise<void> {
    await this.insert(queue, jobs, db);
    await keepOrder(
      db,
      this.schema,
      queue,
      jobs.map(({ id }) => id!),
    );
  }

  private async insert(queue: string, jobs: JobInsert[], db: Db): Promise<void> {
    const [first] = jobs;
    if (jobs.length > 1) {
      await this.boss.insert(queue, jobs, { db });
      return;
    }
    const { data, ...options } = first!;
    await this.boss.send(queue, data, { ...options, db });
  }

  private explain(error: unknown, isNotStored: boolean): unknown {
    if (EventsError.isInstance(error) && !isOfConnection(error)) return error;
    return new StoreError(this.storeName, isNotStored ? 'not-stored' : 'unknown', error);
  }
}

/** Whether it is certain that what failed has stored nothing. */
function isWithoutEffect(error: unknown): boolean {
  if (error instanceof StoreTimeoutError) return !error.mayHaveHappened;
  return !isConnectionError(error) || isUnreachable(error);
}

function isOfConnection(error: EventsError): boolean {
  return error instanceof StoreTimeoutError || error instanceof StoreClosedError;
}

function isOrdered({ options }: StoredDelivery): boolean {
  return options.orderingKey !== undefined;
}
