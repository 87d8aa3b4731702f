import {
  type Claim,
  type Clock,
  type OpenOptions,
  type Outcome,
  type QueueDefinition,
  type QueueWorker,
  type StoredDelivery,
  type StoreOptions,
  type WorkOptions,
} from 'nestjs-event-drivers';
import { type InMemoryOptions, InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { HandClock } from '../../support/hand-clock.js';
import { defineQueue } from '../../support/queue-definition.js';

export const QUEUE = 'mail';

/** An engine in memory with one queue, and a clock that is moved by hand. */
export class InMemoryBench {
  readonly clock: HandClock;
  readonly engine: InMemoryWorkerCreator;
  readonly errors: unknown[] = [];
  /** What ran: label, attempt, and after how many milliseconds. */
  readonly ran: string[] = [];
  readonly claims: Claim[] = [];
  private readonly start: number;

  constructor(options: InMemoryOptions = {}, clock = new HandClock()) {
    this.engine = new InMemoryWorkerCreator(options);
    this.clock = clock;
    this.start = clock.now();
  }

  async open(changes: Partial<QueueDefinition> = {}, clock: Clock = this.clock): Promise<this> {
    await this.engine.open({
      queues: [defineQueue(QUEUE, changes)],
      isWorker: true,
      strict: false,
      clock,
      onError: (error) => this.errors.push(error),
      onWarning: () => undefined,
    } satisfies OpenOptions);
    return this;
  }

  async work(
    run: (label: string, claim: Claim) => Outcome | void | Promise<Outcome | void> = () => undefined,
    options: Partial<WorkOptions> = {},
  ): Promise<QueueWorker> {
    const defaults = {
      concurrency: 10,
      groupConcurrency: undefined,
      rateLimit: undefined,
      pollIntervalMs: 1000,
      runOnce: false,
    };
    return this.engine.work(QUEUE, { ...defaults, ...options }, async (claim) => {
      const label = String(claim.data.payload);
      this.ran.push(`${label} ${claim.attempt} at ${this.clock.now() - this.start}`);
      this.claims.push(claim);
      return (await run(label, claim)) ?? { status: 'completed' };
    });
  }

  async store(label: string, options: StoreOptions = {}): Promise<void> {
    await this.engine.store(QUEUE, [toDelivery(label, options)]);
  }

  advance(milliseconds: number): Promise<number> {
    return this.clock.advance(milliseconds, () => this.engine.untilIdle());
  }
}

export function toDelivery(label: string, options: StoreOptions = {}): StoredDelivery {
  return { id: label, data: { event: 'sent', version: 1, eventId: label, payload: label }, options };
}

export function failed(delayMs: number): Outcome {
  return { status: 'failed', error: { name: 'Error', message: 'no connection' }, delayMs };
}
