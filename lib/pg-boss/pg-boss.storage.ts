import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { EventsError, StoreClosedError, StoreError, StoreTimeoutError } from '../errors/index.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import type { Database } from './database.js';
import { isConnectionError, isWithoutEffect } from './database-errors.js';
import { explainInTransaction } from './explain-in-transaction.js';
import { inTransaction } from './in-transaction.js';
import { keepOrder } from './keep-order.js';
import { ORDERED_SUFFIX, toJobInsert } from './pg-boss.mapper.js';
import type { PlainInsert } from './plain-insert.js';
import type { TakenStorage } from './taken-storage.js';
import type { TieBreaker } from './tie-breaker.js';

interface StorageParts {
  readonly boss: PgBoss;
  readonly database: Database;
  /** The schema of pg-boss, as it is written in statements. */
  readonly schema: string;
  /** For errors. */
  readonly storeName: string;
  readonly timeoutMs: number;
  /** Where the time may stand still. */
  readonly ties: TieBreaker | undefined;
  /** What stores plain jobs in a shorter way, where there is one. */
  readonly plain: PlainInsert | undefined;
  /** What stores plain jobs as taken by this process, where there is it. */
  readonly taken: TakenStorage | undefined;
}

/** Stores deliveries as jobs of pg-boss. */
export class PgBossStorage {
  constructor(private readonly parts: StorageParts) {}

  /**
   * @returns whether this process runs them without looking for them
   * @throws {@link StoreError} which says whether they may be stored all the same
   */
  async store(queue: string, deliveries: readonly StoredDelivery[]): Promise<boolean> {
    const { plain, taken, database, timeoutMs } = this.parts;
    try {
      if (plain?.fits(deliveries)) {
        if (await taken?.store(queue, deliveries)) return true;
        if (await plain.insert(database.withDeadline(timeoutMs), queue, deliveries)) return false;
      }
      await this.insertAll(queue, deliveries);
    } catch (error) {
      if (!isConnectionError(error)) throw this.explain(error, isWithoutEffect(error));
      // The ids are ours: what was stored in spite of it is not stored again.
      await this.insertAll(queue, deliveries).catch((again: unknown) => {
        throw this.explain(again, isWithoutEffect(error) && isWithoutEffect(again));
      });
    }
    return false;
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
      throw explainInTransaction(error, this.parts.storeName);
    }
  }

  private async insertIn(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    const plain: JobInsert[] = [];
    const ordered: JobInsert[] = [];
    for (const delivery of deliveries) {
      (isOrdered(delivery) ? ordered : plain).push(toJobInsert(delivery));
    }
    if (plain.length > 0) {
      await this.insert(queue, plain, db);
      await this.parts.ties?.order(db, this.parts.schema, queue, toIds(plain));
    }
    if (ordered.length > 0) await this.insertInOrder(queue + ORDERED_SUFFIX, ordered, db);
  }

  /** What has an ordering key is in a queue of its own, and has to be put in order; all or none, and before it is taken. */
  private async insertAll(queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    if (deliveries.some(isOrdered) || this.parts.ties !== undefined) {
      return inTransaction(
        this.parts.database,
        ({ db }) => this.insertIn(db, queue, deliveries),
        this.parts.timeoutMs,
      );
    }
    return this.insertIn(this.parts.database.withDeadline(this.parts.timeoutMs), queue, deliveries);
  }

  private async insertInOrder(queue: string, jobs: JobInsert[], db: Db): Promise<void> {
    await this.insert(queue, jobs, db);
    await keepOrder(db, this.parts.schema, queue, toIds(jobs));
  }

  private async insert(queue: string, jobs: JobInsert[], db: Db): Promise<void> {
    const [first] = jobs;
    if (jobs.length > 1) {
      await this.parts.boss.insert(queue, jobs, { db });
      return;
    }
    const { data, ...options } = first!;
    await this.parts.boss.send(queue, data, { ...options, db });
  }

  private explain(error: unknown, isNotStored: boolean): unknown {
    if (EventsError.isInstance(error) && !isOfConnection(error)) return error;
    return new StoreError(this.parts.storeName, isNotStored ? 'not-stored' : 'unknown', error);
  }
}

function isOfConnection(error: EventsError): boolean {
  return error instanceof StoreTimeoutError || error instanceof StoreClosedError;
}

function isOrdered({ options }: StoredDelivery): boolean {
  return options.orderingKey !== undefined;
}

function toIds(jobs: readonly JobInsert[]): string[] {
  return jobs.map(({ id }) => id!);
}
