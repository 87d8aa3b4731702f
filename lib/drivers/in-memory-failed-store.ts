import { wholeNumber } from '../utils/option-rules.js';
import { describeThrown, InvalidOptionsError } from '../errors/index.js';
import type { FailedDelivery, FailedDeliveryFilter, FailedStore, RetryReport } from './failed-store.js';
import { LineLogger } from '../utils/line-logger.js';

interface Entry {
  readonly failed: FailedDelivery;
  readonly redeliver: () => Promise<void>;
}

/**
 * Keeps failed deliveries in memory: for development, tests, and events that may be lost with the
 * process. It holds a fixed number; one more drops the oldest, which is logged and counted.
 */
export class InMemoryFailedStore implements FailedStore {
  private readonly logger = new LineLogger(InMemoryFailedStore.name);
  private readonly entries = new Map<string, Entry>();
  private dropped = 0;

  /**
   * @param maxSize how many entries it holds at most
   * @throws {@link InvalidOptionsError} if that is no whole number from 1
   */
  constructor(private readonly maxSize = 1000) {
    const expected = wholeNumber(1)(maxSize);
    if (expected === undefined) return;
    throw new InvalidOptionsError(InMemoryFailedStore.name, [`maxSize must be ${expected}, not ${maxSize}`]);
  }

  /** How many entries were dropped because the store was full. */
  getDroppedCount(): number {
    return this.dropped;
  }

  add(failed: FailedDelivery, redeliver: () => Promise<void>): void {
    if (this.entries.size >= this.maxSize) this.dropOldest();
    this.entries.set(failed.id, { failed, redeliver });
  }

  list(filter?: FailedDeliveryFilter): Promise<readonly FailedDelivery[]> {
    return Promise.resolve(this.find(filter).map(({ failed }) => failed));
  }

  async retry(filter?: FailedDeliveryFilter): Promise<RetryReport> {
    let succeeded = 0;
    let failed = 0;
    for (const entry of this.find(filter)) {
      // Taken out meanwhile, so that two calls at a time do not deliver one entry twice.
      if (!this.entries.delete(entry.failed.id)) continue;
      try {
        await entry.redeliver();
        succeeded++;
      } catch (error) {
        failed++;
        this.add(failedAgain(entry.failed, error), entry.redeliver);
      }
    }
    return { succeeded, failed };
  }

  purge(filter?: FailedDeliveryFilter): Promise<number> {
    const found = this.find(filter);
    for (const { failed } of found) this.entries.delete(failed.id);
    return Promise.resolve(found.length);
  }

  private find({ id, eventName, listenerId, limit = Infinity }: FailedDeliveryFilter = {}): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.entries.values()) {
      if (found.length >= limit) break;
      const { failed } = entry;
      if (id !== undefined && failed.id !== id) continue;
      if (eventName !== undefined && failed.eventName !== eventName) continue;
      if (listenerId !== undefined && failed.listenerId !== listenerId) continue;
      found.push(entry);
    }
    return found;
  }

  private dropOldest(): void {
    const [oldest] = this.entries.values();
    if (oldest === undefined) return;
    this.entries.delete(oldest.failed.id);
    this.dropped++;
    this.logger.error(
      `The store of failed deliveries is full (${this.maxSize}); dropped the oldest: event ` +
        `'${oldest.failed.eventName}', ${oldest.failed.reason}`,
    );
  }
}

function failedAgain(failed: FailedDelivery, error: unknown): FailedDelivery {
  return {
    ...failed,
    error,
    reason: describeThrown(error),
    attempts: failed.attempts + 1,
    failedAt: new Date(),
  };
}
