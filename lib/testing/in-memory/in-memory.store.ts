import { randomUUID } from 'node:crypto';
import type { StoredError } from '../../queue/stored-delivery.js';
import type { DeadLetterFilter, Outcome, WorkOptions } from '../../queue/worker-creator.js';
import { DeadLetters } from './dead-letters.js';
import { copyJson, type Job, type Letter, type Owner, type Run } from './job.js';
import type { RateWindow } from './rate-window.js';
import { StoredJobs } from './stored-jobs.js';

const LOST: StoredError = {
  name: 'WorkerLostError',
  code: 'EVENTS_WORKER_LOST',
  message: 'the process that ran it died, or was cut off from the store',
};

/**
 * A store in memory, for engines that are to share one, as the processes of an application do.
 *
 * @example
 * ```ts
 * const store = new InMemoryStore();
 * const api = new InMemoryWorkerCreator({ store });
 * const worker = new InMemoryWorkerCreator({ store });
 * ```
 */
export class InMemoryStore extends StoredJobs {
  /** @internal */
  readonly letters = new DeadLetters();
  /** @internal Those that give no signs of life, and have something in hand. */
  readonly silent = new Set<Owner>();

  /** @internal In the order in which they were stored. */
  getJobs(queue: string): Iterable<Job> {
    if (!this.definitions.has(queue)) return [];
    this.forget(queue);
    return this.getQueue(queue).jobs.values();
  }

  /** @internal Gives out the next delivery. */
  claim(queue: string, { groupConcurrency, rateLimit }: WorkOptions, owner: Owner): Job | undefined {
    const now = this.clock.now();
    const window = rateLimit === undefined ? undefined : this.getWindow(queue, owner);
    if (this.isPaused(queue, owner) || (window !== undefined && window.closedUntil > now)) return undefined;
    const job = this.getQueue(queue).take({
      now,
      isInstant: owner.isInstant,
      groupConcurrency,
      hasRoom: (one) => this.hasRoom(one, groupConcurrency, owner),
    });
    if (job === undefined) return undefined;
    if (rateLimit !== undefined) window?.count(now, rateLimit);
    this.getQueue(queue).start(job, { owner });
    return job;
  }

  /** @internal What counts how many of a queue begin. */
  getWindow(queue: string, _owner: Owner): RateWindow {
    return this.getQueue(queue).window;
  }

  /** @internal */
  isPaused(queue: string, _owner: Owner): boolean {
    return this.paused.has(queue);
  }

  /** @internal Whether another one of its group may run. */
  hasRoom(job: Job, groupConcurrency: number | undefined, _owner: Owner): boolean {
    const { group } = job.delivery.options;
    if (group === undefined || groupConcurrency === undefined) return true;
    return this.getQueue(job.queue).getActive(group) < groupConcurrency;
  }

  /** @internal @returns whether it was still in that hand */
  settle(job: Job, run: Run, outcome: Outcome): boolean {
    if (job.run !== run) return false;
    this.getQueue(job.queue).end(job);
    if (outcome.status === 'completed' || outcome.status === 'settled') this.complete(job);
    else if (outcome.status === 'dead') this.bury(job, outcome.error);
    else if (outcome.status === 'postponed') this.postpone(job, outcome.delayMs);
    else this.fail(job, outcome.error, outcome.delayMs);
    this.announce();
    return true;
  }

  /** @internal Again, without using up the attempt. */
  postpone(job: Job, delayMs: number): void {
    job.attempt--;
    this.again(job, delayMs);
  }

  /** @internal */
  fail(job: Job, error: StoredError, delayMs: number): void {
    job.postponements = 0;
    if (job.attempt >= job.maxAttempts) this.bury(job, error);
    else this.again(job, delayMs);
  }

  /** @internal */
  again(job: Job, delayMs: number): void {
    job.notBefore = this.clock.now() + delayMs;
    this.getQueue(job.queue).offer(job);
  }

  /** @internal Makes a dead letter of it. */
  bury(job: Job, error: StoredError): void {
    const { queue, delivery, attempt: attempts } = job;
    const { deadLetterQueue } = this.getDefinition(queue);
    const failedAt = new Date(this.clock.now());
    const letter = {
      id: randomUUID(),
      queue,
      data: delivery.data,
      error: copyJson(error),
      attempts,
      failedAt,
    };
    this.letters.add({ ...letter, deadLetterQueue, job });
    job.state = 'dead';
    this.getQueue(queue).finish(job);
  }

  /** @internal Takes back what those had in hand who have given no sign of life for too long. */
  recover(queue: string): void {
    if (this.silent.size === 0) return;
    for (const job of this.getQueue(queue).active) {
      if (this.getExpiry(job) > this.clock.now()) continue;
      this.getQueue(queue).end(job);
      this.fail(job, LOST, 0);
    }
  }

  /** @internal When there will be something to take of a queue, or to take back. */
  getNextDue(queue: string, { rateLimit }: WorkOptions, owner: Owner): number {
    const now = this.clock.now();
    const closedUntil = rateLimit === undefined ? undefined : this.getWindow(queue, owner).closedUntil;
    let next = this.getQueue(queue).getNextDue(now, closedUntil) ?? Infinity;
    if (this.silent.size === 0) return next;
    for (const job of this.getQueue(queue).active) {
      const expiry = this.getExpiry(job);
      if (expiry > now) next = Math.min(next, expiry);
    }
    return next;
  }

  /** @internal */
  setSilent(owner: Owner, isSilent: boolean): void {
    if (isSilent && this.hasInHand(owner)) this.silent.add(owner);
    else this.silent.delete(owner);
    owner.silentSince = isSilent ? (owner.silentSince ?? this.clock.now()) : undefined;
    this.announce();
  }

  /** @internal */
  find(deadLetterQueue: string, filter: DeadLetterFilter): Letter[] {
    return this.letters.find(deadLetterQueue, filter);
  }

  /** @internal */
  redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): number {
    const letters = this.find(deadLetterQueue, filter).slice(0, limit);
    for (const letter of letters) this.putBack(letter);
    this.remove(letters);
    this.announce();
    return letters.length;
  }

  /** @internal With all its attempts again, and at once. */
  putBack({ queue, data, job }: Letter): void {
    const { retries: _retries, delayMs: _delay, at: _at, ...options } = job.delivery.options;
    this.getQueue(queue).add(this.toJob(queue, { id: randomUUID(), data, options }));
  }

  /** @internal */
  remove(letters: readonly Letter[]): void {
    for (const letter of letters) {
      this.letters.delete(letter);
      this.getQueue(letter.queue).keep(letter.job, this.clock.now());
    }
  }

  private complete(job: Job): void {
    job.state = 'completed';
    this.getQueue(job.queue).keep(job, this.clock.now());
    this.getQueue(job.queue).finish(job);
  }

  private hasInHand(owner: Owner): boolean {
    return [...this.queues.values()].some(({ active }) =>
      [...active].some(({ run }) => run?.owner === owner),
    );
  }

  private getExpiry({ queue, run }: Job): number {
    return (run?.owner.silentSince ?? Infinity) + this.getDefinition(queue).heartbeatMs;
  }
}
