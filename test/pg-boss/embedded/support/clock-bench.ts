import { randomUUID } from 'node:crypto';
import type { Claim, Outcome, QueueDefinition, StoreOptions, WorkOptions } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { HandClock } from '../../../support/hand-clock.js';
import { until } from '../../../support/until.js';
import { defineQueue } from '../../../support/queue-definition.js';

const QUEUE = 'mail';

type Run = (label: string, claim: Claim) => Outcome | void | Promise<Outcome | void>;

/** The embedded database with one queue, by a clock that stands still until it is moved. */
export class ClockBench {
  /** What ran: label, attempt, and after how many milliseconds. */
  readonly ran: string[] = [];
  readonly errors: unknown[] = [];
  readonly engine: PgBossWorkerCreator;
  private readonly start: number;

  constructor(
    readonly clock = new HandClock(Date.UTC(2030, 0, 1)),
    embedded = 'memory',
  ) {
    this.engine = new PgBossWorkerCreator({ connection: { embedded } });
    this.start = clock.now();
  }

  get labels(): string[] {
    return this.ran.map((run) => run.split(' ')[0] ?? '');
  }

  async open(changes: Partial<QueueDefinition> = {}, hasClock = true): Promise<this> {
    await this.engine.open({
      queues: [defineQueue(QUEUE, changes)],
      isWorker: true,
      strict: false,
      ...(hasClock ? { clock: this.clock } : {}),
      onError: (error) => this.errors.push(error),
      onWarning: () => undefined,
    });
    return this;
  }

  async work(run: Run = () => undefined, options: Partial<WorkOptions> = {}): Promise<void> {
    const defaults = {
      concurrency: 10,
      groupConcurrency: undefined,
      rateLimit: undefined,
      pollIntervalMs: 60_000,
      runOnce: false,
    };
    await this.engine.work(QUEUE, { ...defaults, ...options }, async (claim) => {
      const label = String(claim.data.payload);
      this.ran.push(`${label} ${claim.attempt} at ${this.clock.now() - this.start}`);
      return (await run(label, claim)) ?? { status: 'completed' };
    });
  }

  async store(label: string, options: StoreOptions = {}, id: string = randomUUID()): Promise<void> {
    await this.storeAll([label], options, id);
  }

  /** In one call, with ids at random. */
  async storeAll(labels: readonly string[], options: StoreOptions = {}, id?: string): Promise<void> {
    const deliveries = labels.map((label) => {
      const eventId = id ?? randomUUID();
      return { id: eventId, data: { event: 'sent', version: 1, eventId, payload: label }, options };
    });
    await this.engine.store(QUEUE, deliveries);
  }

  /** Moves the time on, and has everything run that becomes due on the way. */
  advance(milliseconds: number): Promise<number> {
    return this.clock.advance(milliseconds, () => this.untilIdle());
  }

  untilIdle(): Promise<void> {
    return until('nothing is ready or active', async () => {
      const { ready, active } = await this.count();
      return ready + active === 0;
    });
  }

  async count(): Promise<{ ready: number; delayed: number; active: number; completed: number }> {
    const total = { ready: 0, delayed: 0, active: 0, completed: 0 };
    for (const count of await this.engine.count([QUEUE])) {
      for (const state of ['ready', 'delayed', 'active', 'completed'] as const) total[state] += count[state];
    }
    return total;
  }

  async deadLetters() {
    const letters = await this.engine.listDeadLetters(`${QUEUE}/dead`, {}, { limit: 100 });
    return letters.map(({ data, failedAt }) => ({
      label: String(data.payload),
      at: failedAt.getTime() - this.start,
    }));
  }

  redrive(limit = 100): Promise<number> {
    return this.engine.redrive(`${QUEUE}/dead`, {}, limit);
  }
}

export function failed(delayMs: number): Outcome {
  return { status: 'failed', error: { name: 'Error', message: 'no connection' }, delayMs };
}
