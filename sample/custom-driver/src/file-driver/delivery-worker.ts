import { Logger } from '@nestjs/common';
import {
  type Clock,
  type ClockTimer,
  DeliveryAbortedError,
  type DeliverySerializer,
  PostponeError,
  toStoredError,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import type { Delivery, DeliveryBook } from './delivery-book.js';
import type { Journal } from './journal.js';
import type { OutcomeRecord } from './journal-record.js';

/** What the worker works with. */
export interface WorkerParts {
  readonly book: DeliveryBook;
  readonly journal: Journal;
  readonly serializer: DeliverySerializer;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly retryDelayMs: number;
}

/** A month: what is multiplied by two each time is soon longer than any timer. */
const MAX_RETRY_DELAY_MS = 2_592_000_000;

/** Makes the deliveries of a book, and writes down what has become of them. */
export class DeliveryWorker {
  private readonly logger = new Logger('FileDriver');
  private readonly running = new Map<string, Promise<void>>();
  private readonly controller = new AbortController();
  private isWorking = false;
  private timer: ClockTimer;

  constructor(private readonly parts: WorkerParts) {}

  start(): void {
    this.isWorking = true;
    this.look();
  }

  /** Begins whatever there is to be made, as far as there is room, and comes back when more is due. */
  look(): void {
    if (!this.isWorking) return;
    const { book, clock, concurrency } = this.parts;
    const next = book.promote(clock.now());
    while (this.running.size < concurrency) {
      const delivery = book.take();
      if (delivery === undefined) break;
      this.running.set(delivery.id, this.run(delivery));
    }
    clock.clearTimer(this.timer);
    if (next !== undefined) this.timer = clock.setTimer(() => this.look(), next - clock.now());
  }

  /** Begins nothing more, and waits for what is running. */
  async stop(): Promise<void> {
    this.isWorking = false;
    this.parts.clock.clearTimer(this.timer);
    await Promise.all(this.running.values());
  }

  /** Leaves what is still running to the next process. */
  release(): void {
    this.isWorking = false;
    this.controller.abort(new DeliveryAbortedError('shutdown', 'The application is shutting down'));
  }

  private async run(delivery: Delivery): Promise<void> {
    // The caller has to know of it first.
    await Promise.resolve();
    const outcome = await this.make(delivery);
    try {
      // What was released is another's to make, and to say something about.
      if (!this.controller.signal.aborted) await this.parts.journal.append([outcome]);
    } catch (error) {
      const { message } = toStoredError(error);
      this.logger.error(
        `${describe(delivery)} was made, and that cannot be stored: ${message}; it will be made again`,
      );
    }
    this.running.delete(delivery.id);
    this.look();
  }

  /** Never rejects: whatever happens is an outcome. */
  private async make(delivery: Delivery): Promise<OutcomeRecord> {
    const { id } = delivery;
    try {
      const event = await this.parts.serializer.deserialize(delivery.data);
      await event.execute(this.controller.signal).catch((error: unknown) => {
        throw new Failure(error);
      });
      return { type: 'done', id };
    } catch (error) {
      // This application does not know the event or the listener. One that does may redrive it.
      if (!(error instanceof Failure)) return this.giveUp(delivery, error);
      return this.judge(delivery, error.cause);
    }
  }

  private judge(delivery: Delivery, error: unknown): OutcomeRecord {
    const { id, retries } = delivery;
    if (PostponeError.isInstance(error)) return this.toLater(delivery, error.delayMs);
    const attempted = { ...delivery, attempts: delivery.attempts + 1 };
    const isLast = attempted.attempts > retries || UnrecoverableError.isInstance(error);
    if (isLast) return this.giveUp(attempted, error);
    const delayMs = Math.min(this.parts.retryDelayMs * 2 ** delivery.attempts, MAX_RETRY_DELAY_MS);
    this.logger.warn(`${describe(delivery)} failed: ${toStoredError(error).message}; again in ${delayMs} ms`);
    return this.toLater({ id, attempts: attempted.attempts }, delayMs);
  }

  private toLater({ id, attempts }: Pick<Delivery, 'id' | 'attempts'>, delayMs: number): OutcomeRecord {
    return { type: 'later', id, attempts, dueAt: this.parts.clock.now() + delayMs };
  }

  private giveUp(delivery: Delivery, thrown: unknown): OutcomeRecord {
    const error = toStoredError(thrown);
    this.logger.error(`${describe(delivery)} is given up, and kept: ${error.message}`);
    const { id, attempts } = delivery;
    return { type: 'given-up', id, attempts, givenUp: { error, at: this.parts.clock.now() } };
  }
}

/** What the work has thrown, be it what it may, told from what went wrong before. */
class Failure extends Error {
  constructor(override readonly cause: unknown) {
    super('The work failed');
  }
}

function describe({ data }: Delivery): string {
  return data.listener === undefined ? `Event '${data.event}'` : `Event '${data.event}' to ${data.listener}`;
}
