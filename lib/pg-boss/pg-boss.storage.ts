import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { EventsError, StoreError } from '../errors/index.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import type { Database } from './database.js';
import { isConnectionError, isUnreachable } from './database-errors.js';
import { inTransaction } from './in-transaction.js';
import { ORDERED_SUFFIX, toJobInsert } from './pg-boss.mapper.js';

/** Stores deliveries as jobs of pg-boss. */
export class PgBossStorage {
  constructor(
    private readonly boss: PgBoss,
    private readonly database: Database,
    /** For errors. */
    private readonly storeName: string,
    private readonly timeoutMs: number,
  ) {}

  /** @throws {@link StoreError} which says whether they may be stored all the same */
  async store(queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    try {
      await this.insertAll(queue, deliveries);
    } catch (error) {
      if (!isConnectionError(error)) throw this.explain(error, true);
      // The ids are ours: what was stored in spite of it is not stored again.
      await this.insertAll(queue, deliveries).catch((again: unknown) => {
        throw this.explain(again, isUnreachable(error));
      });
    }
  }

  /** Stores in a transaction of the caller's. */
  async storeIn(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    const plain: JobInsert[] = [];
    const ordered: JobInsert[] = [];
    for (const delivery of deliveries) {
      (isOrdered(delivery) ? ordered : plain).push(toJobInsert(delivery));
    }
    if (plain.length > 0) await this.insert(queue, plain, db);
    if (ordered.length > 0) await this.insert(queue + ORDERED_SUFFIX, ordered, db);
  }

  /** What has an ordering key is in a queue of its own; both or none. */
  private async insertAll(queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    if (deliveries.some(isOrdered) && !deliveries.every(isOrdered)) {
      return inTransaction(this.database, ({ db }) => this.storeIn(db, queue, deliveries));
    }
    return this.storeIn(this.database.withDeadline(this.timeoutMs), queue, deliveries);
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

  /** @param wasUnreachable whether no attempt before this one reached the server either */
  private explain(error: unknown, wasUnreachable: boolean): unknown {
    if (EventsError.isInstance(error)) return error;
    const isCertain = !isConnectionError(error) || (isUnreachable(error) && wasUnreachable);
    return new StoreError(this.storeName, isCertain ? 'not-stored' : 'unknown', error);
  }
}

function isOrdered({ options }: StoredDelivery): boolean {
  return options.orderingKey !== undefined;
}
