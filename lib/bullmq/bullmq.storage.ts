import { EventsError, StoreError, StoreTimeoutError } from '../errors/index.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import { pushArguments } from './bullmq.mapper.js';
import type { QueueLink } from './queue-link.js';
import { AnswerLostError, findRemedy, isWithoutEffect } from './redis/redis-errors.js';

/** Stores deliveries as jobs of BullMQ. */
export class BullMqStorage {
  constructor(
    private readonly storeName: string,
    /** BullMQ's options of all jobs, as they are stored. */
    private readonly jobOptions: string,
    /** Whether they are those of a job that waits for its turn, and no more. */
    private readonly isPlain: boolean,
  ) {}

  /** @throws {@link StoreError} which says whether they may be stored all the same */
  async store(queue: QueueLink, deliveries: readonly StoredDelivery[]): Promise<void> {
    // Room for what is the same for all.
    const args = ['', '', '', '', this.jobOptions];
    let areAllPlain = true;
    for (const delivery of deliveries) {
      if (!pushArguments(args, this.storeName, delivery, this.isPlain)) areAllPlain = false;
    }
    const script = areAllPlain ? 'storePlain' : 'store';
    try {
      await queue.callWith(script, args);
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
    return new StoreError(this.storeName, isNotStored ? 'not-stored' : 'unknown', error, findRemedy(error));
  }
}

/** Whether it is certain that what failed has stored nothing. */
function isCertain(error: unknown): boolean {
  return error instanceof StoreTimeoutError ? !error.mayHaveHappened : isWithoutEffect(error);
}
