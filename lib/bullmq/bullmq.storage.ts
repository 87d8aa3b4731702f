import { EventsError, StoreError, StoreTimeoutError } from '../errors/index.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import { pushArguments } from './bullmq.mapper.js';
import type { Worker } from './create-worker.js';
import type { QueueLink } from './queue-link.js';
import { AnswerLostError, findRemedy, isWithoutEffect } from './redis/redis-errors.js';

interface StorageParts {
  readonly storeName: string;
  /** BullMQ's options of all jobs, as they are stored. */
  readonly jobOptions: string;
  /** Whether they are those of a job that waits for its turn, and no more. */
  readonly isPlain: boolean;
  /** What works a queue in this process. */
  readonly getWorker: (queue: string) => Worker | undefined;
}

/** Stores deliveries as jobs of BullMQ. */
export class BullMqStorage {
  constructor(private readonly parts: StorageParts) {}

  /** @throws {@link StoreError} which says whether they may be stored all the same */
  async store(queue: QueueLink, deliveries: readonly StoredDelivery[]): Promise<void> {
    const { storeName, jobOptions, isPlain, getWorker } = this.parts;
    // Room for what is the same for all.
    const args = ['', '', '', '', jobOptions];
    let areAllPlain = true;
    for (const delivery of deliveries) {
      if (!pushArguments(args, storeName, delivery, isPlain)) areAllPlain = false;
    }
    const worker = areAllPlain ? getWorker(queue.name) : undefined;
    const isTaken = worker?.consumer.handover.reserve(deliveries.length) === true;
    const script = areAllPlain ? 'storePlain' : 'store';
    try {
      if (isTaken) await storeTaken(worker, args, deliveries.length);
      else await queue.callWith(script, args);
    } catch (error) {
      if (!(error instanceof AnswerLostError)) throw this.explain(error, isCertain(error));
      // The ids are ours: what was stored in spite of it is not stored again.
      await queue.callWith(script, args).catch((again: unknown) => {
        throw this.explain(again, false);
      });
    }
  }

  private explain(error: unknown, isNotStored: boolean): unknown {
    if (EventsError.isInstance(error) && !(error instanceof StoreTimeoutError)) return error;
    return new StoreError(
      this.parts.storeName,
      isNotStored ? 'not-stored' : 'unknown',
      error,
      findRemedy(error),
    );
  }
}

/** Stores deliveries for a worker of this process that has nothing to do: it runs what is taken with them. */
async function storeTaken(
  { consumer, claims }: Worker,
  args: readonly string[],
  count: number,
): Promise<void> {
  try {
    const jobs = await claims.store(args);
    consumer.handover.accept(jobs);
    consumer.handover.cancel(count - jobs.length);
  } catch (error) {
    consumer.handover.cancel(count);
    // What it may have been given is given back before it takes more.
    consumer.wake();
    throw error;
  }
}

/** Whether it is certain that what failed has stored nothing. */
function isCertain(error: unknown): boolean {
  return error instanceof StoreTimeoutError ? !error.mayHaveHappened : isWithoutEffect(error);
}
