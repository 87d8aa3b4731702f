import { waitAtMost } from '../utils/wait-at-most.js';
import type { Consumer } from '../queue/consumer/consumer.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import type { Database } from './database.js';
import { isWithoutEffect } from './database-errors.js';
import { type PgBossJob, toTakenJob } from './pg-boss-job.js';
import type { PlainInsert } from './plain-insert.js';

/** How long others wait at most for what may have been stored to be given back, in milliseconds. */
const GIVE_BACK_MS = 200;

interface TakenStorageParts {
  readonly database: Database;
  readonly plain: PlainInsert;
  readonly timeoutMs: number;
  /** What works a queue in this process. */
  readonly getConsumer: (queue: string) => Consumer<PgBossJob> | undefined;
}

/**
 * Stores deliveries as taken by this process, where it works the queue itself and has nothing else to do: they need neither
 * be announced nor fetched, and run as soon as they are stored.
 */
export class TakenStorage {
  constructor(private readonly parts: TakenStorageParts) {}

  /** @returns `false` if that is not the way to store them: nothing is stored then */
  async store(queue: string, deliveries: readonly StoredDelivery[]): Promise<boolean> {
    const { database, plain, timeoutMs, getConsumer } = this.parts;
    const consumer = getConsumer(queue);
    if (consumer === undefined || !consumer.handover.reserve(deliveries.length)) return false;
    let jobs: readonly PgBossJob[] | undefined;
    try {
      jobs = await plain.insertTaken(database.withDeadline(timeoutMs), queue, deliveries);
    } catch (error) {
      if (!isWithoutEffect(error)) await disown(consumer, deliveries);
      throw error;
    } finally {
      if (jobs === undefined) consumer.handover.cancel(deliveries.length);
    }
    if (jobs === undefined) return false;
    consumer.handover.accept(jobs);
    return true;
  }
}

/** They may be stored, and would wait for one who does not know of them. */
async function disown(consumer: Consumer<PgBossJob>, deliveries: readonly StoredDelivery[]): Promise<void> {
  const jobs = deliveries.map(({ id, data }) => toTakenJob(id, data, 0));
  await waitAtMost(GIVE_BACK_MS, consumer.disown(jobs));
}
