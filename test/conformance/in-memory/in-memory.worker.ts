import {
  type Claim,
  DeliveryAbortedError,
  type DeliveryTransaction,
  type Outcome,
  type QueueWorker,
  type WorkOptions,
} from 'nestjs-event-drivers';
import type { InMemoryStore, Job, Owner } from './in-memory.store.js';
import { InMemoryTransaction } from './in-memory.transaction.js';

const CUT_SHORT = { name: 'DeliveryAbortedError', message: 'it was cut short, and is to run once only' };

type Work = Parameters<NonNullable<Claim['runInTransaction']>>[0];

/** Works a queue of a store in memory. */
export class InMemoryWorker implements QueueWorker {
  private readonly running = new Map<Job, AbortController>();
  private readonly timer: NodeJS.Timeout;
  private readonly idle: (() => void)[] = [];
  private isStopped = false;
  private readonly hear = (): void => this.pump();

  constructor(
    readonly store: InMemoryStore,
    readonly owner: Owner,
    readonly queue: string,
    readonly options: WorkOptions,
    private readonly run: (claim: Claim) => Promise<Outcome>,
    private readonly isTransactional = true,
  ) {
    store.listeners.add(this.hear);
    this.timer = setInterval(this.hear, options.pollIntervalMs).unref();
    this.hear();
  }

  /** What a process does no more once it is dead. */
  end(): void {
    this.isStopped = true;
    this.store.listeners.delete(this.hear);
    clearInterval(this.timer);
  }

  async stop(): Promise<void> {
    this.end();
    if (this.running.size > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  async release(): Promise<void> {
    this.end();
    for (const [job, controller] of this.running) {
      controller.abort(new DeliveryAbortedError('shutdown', 'The application is shutting down.'));
      this.giveBack(job);
    }
    this.forgetAll();
  }

  giveBack(job: Job): void {
    const outcome: Outcome = this.options.runOnce
      ? { status: 'dead', error: CUT_SHORT }
      : { status: 'postponed', delayMs: 0 };
    this.store.settle(job, this.owner, outcome);
  }

  hasRoom(running: number): boolean {
    return running < this.options.concurrency;
  }

  private pump(): void {
    while (!this.isStopped && this.hasRoom(this.running.size)) {
      const job = this.store.claim(this.queue, this.options, this.owner);
      if (job === undefined) break;
      void this.process(job);
    }
    const next = Math.min(
      ...this.store.jobs.filter(({ state }) => state === 'waiting').map(({ notBefore }) => notBefore),
    );
    if (!this.isStopped && Number.isFinite(next) && next > Date.now()) {
      setTimeout(this.hear, Math.min(next - Date.now() + 1, this.options.pollIntervalMs)).unref();
    }
  }

  private async process(job: Job): Promise<void> {
    const controller = new AbortController();
    this.running.set(job, controller);
    const outcome = await this.run(this.toClaim(job, controller.signal));
    if (!this.running.has(job) || this.owner.diedAt !== undefined) return;
    this.running.delete(job);
    if (outcome.status !== 'settled') this.store.settle(job, this.owner, outcome);
    if (this.running.size === 0) for (const resolve of this.idle.splice(0)) resolve();
    this.pump();
  }

  private toClaim(job: Job, signal: AbortSignal): Claim {
    const { id, queue, attempt, maxAttempts, delivery } = job;
    const { data, options } = delivery;
    return {
      id,
      queue,
      data,
      attempt,
      maxAttempts,
      timeoutMs: options.timeoutMs,
      signal,
      ...(this.isTransactional && {
        runInTransaction: (work: Work) => this.runInTransaction(job, work),
      }),
    };
  }

  async runInTransaction(job: Job, work: (transaction: DeliveryTransaction) => Promise<void>): Promise<void> {
    const client = new InMemoryTransaction(this.store);
    await work({ client, query: () => Promise.reject(new Error('There is no SQL in memory.')) });
    if (!this.store.settle(job, this.owner, { status: 'completed' })) {
      throw new DeliveryAbortedError('lost', 'The delivery was given to another worker meanwhile.');
    }
    client.commit();
  }

  private forgetAll(): void {
    this.running.clear();
    for (const resolve of this.idle.splice(0)) resolve();
  }
}
