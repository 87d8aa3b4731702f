import { randomUUID } from 'node:crypto';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeliveryCount,
  Outcome,
  QueueDefinition,
  StoredDelivery,
  StoredError,
  WorkOptions,
} from 'nestjs-event-drivers';

/** A process that may die. */
export interface Owner {
  /** By `Date.now()`; `undefined` for as long as it lives. */
  diedAt: number | undefined;
}

export interface Job {
  readonly id: string;
  readonly queue: string;
  readonly delivery: StoredDelivery;
  readonly maxAttempts: number;
  state: 'waiting' | 'active' | 'completed' | 'dead';
  /** How many runs have used up an attempt, the current one included. */
  attempt: number;
  notBefore: number;
  owner: Owner | undefined;
}

export interface Letter extends DeadLetter {
  readonly deadLetterQueue: string;
  readonly delivery: StoredDelivery;
}

const LOST: StoredError = {
  name: 'WorkerLostError',
  code: 'EVENTS_WORKER_LOST',
  message: 'its process died',
};

/** What a delivery cannot be stored for. */
export class RefusedError extends Error {}

/** The deliveries of a store in memory, and the rules by which they are given out. */
export class InMemoryStore {
  readonly definitions = new Map<string, QueueDefinition>();
  readonly paused = new Set<string>();
  readonly listeners = new Set<() => void>();
  jobs: Job[] = [];
  letters: Letter[] = [];

  define(definition: QueueDefinition, isWorker: boolean): void {
    if (isWorker || !this.definitions.has(definition.name)) {
      this.definitions.set(definition.name, definition);
    }
  }

  insert(queue: string, deliveries: readonly StoredDelivery[]): void {
    for (const delivery of deliveries) this.check(delivery);
    for (const delivery of deliveries) {
      if (!this.has(queue, delivery.id)) this.jobs.push(this.toJob(queue, delivery));
    }
    this.announce();
  }

  check({ data, options }: StoredDelivery): void {
    const text = JSON.stringify([data, options]);
    if (/\\u0000|\\ud[89a-f]/i.test(text)) throw new RefusedError('what is no text cannot be stored');
  }

  has(queue: string, id: string): boolean {
    return this.jobs.some((job) => job.queue === queue && job.id === id);
  }

  toJob(queue: string, delivery: StoredDelivery): Job {
    const { retries = this.definitions.get(queue)!.retries } = delivery.options;
    const notBefore = this.getStart(delivery);
    const maxAttempts = retries + 1;
    return {
      id: delivery.id,
      queue,
      delivery,
      maxAttempts,
      state: 'waiting',
      attempt: 0,
      notBefore,
      owner: undefined,
    };
  }

  getStart({ options: { at, delayMs } }: StoredDelivery): number {
    return at?.getTime() ?? Date.now() + (delayMs ?? 0);
  }

  /** Gives out the next delivery. */
  claim(queue: string, options: WorkOptions, owner: Owner): Job | undefined {
    this.recover();
    if (this.isPaused(queue, owner)) return undefined;
    const candidates = this.jobs.filter(
      (job) => job.queue === queue && job.state === 'waiting' && job.notBefore <= Date.now(),
    );
    const job = candidates
      .toSorted((a, b) => this.getPriority(b) - this.getPriority(a))
      .find((one) => !this.isKeptBack(one) && this.hasRoom(one, options));
    if (job === undefined) return undefined;
    job.state = 'active';
    job.attempt++;
    job.owner = owner;
    return job;
  }

  isPaused(queue: string, _owner: Owner): boolean {
    return this.paused.has(queue);
  }

  getPriority(job: Job): number {
    return job.delivery.options.priority ?? 0;
  }

  /** By an earlier one with its ordering key. */
  isKeptBack(job: Job): boolean {
    const key = job.delivery.options.orderingKey;
    if (key === undefined) return false;
    const first = this.jobs.find(
      (other) =>
        other.queue === job.queue &&
        other.delivery.options.orderingKey === key &&
        (other.state === 'waiting' || other.state === 'active'),
    );
    return first !== job;
  }

  hasRoom(job: Job, { groupConcurrency }: WorkOptions): boolean {
    const { group } = job.delivery.options;
    if (group === undefined || groupConcurrency === undefined) return true;
    const active = this.jobs.filter(
      (other) =>
        other.state === 'active' && other.queue === job.queue && other.delivery.options.group === group,
    );
    return active.length < groupConcurrency;
  }

  settle(job: Job, owner: Owner, outcome: Outcome): boolean {
    if (job.state !== 'active' || job.owner !== owner) return false;
    job.owner = undefined;
    if (outcome.status === 'completed' || outcome.status === 'settled') job.state = 'completed';
    else if (outcome.status === 'dead') this.bury(job, outcome.error);
    else if (outcome.status === 'postponed') this.postpone(job, outcome.delayMs);
    else this.fail(job, outcome.error, outcome.delayMs);
    this.announce();
    return true;
  }

  postpone(job: Job, delayMs: number): void {
    job.attempt--;
    this.again(job, delayMs);
  }

  fail(job: Job, error: StoredError, delayMs: number): void {
    if (job.attempt >= job.maxAttempts) this.bury(job, error);
    else this.again(job, delayMs);
  }

  again(job: Job, delayMs: number): void {
    job.state = 'waiting';
    job.notBefore = Date.now() + delayMs;
  }

  bury(job: Job, error: StoredError): void {
    job.state = 'dead';
    const { queue, delivery, attempt: attempts } = job;
    const { deadLetterQueue } = this.definitions.get(queue)!;
    const { data } = delivery;
    const letter = { id: randomUUID(), queue, data, error, attempts, failedAt: new Date() };
    this.letters.push({ ...letter, deadLetterQueue, delivery });
  }

  /** Takes back what processes that have died had in hand. */
  recover(): void {
    for (const job of this.jobs) {
      if (job.state !== 'active' || job.owner?.diedAt === undefined) continue;
      const { heartbeatMs } = this.definitions.get(job.queue)!;
      if (Date.now() - job.owner.diedAt > heartbeatMs) this.fail(job, LOST, 0);
    }
  }

  count(queues: readonly string[]): DeliveryCount[] {
    const counts = new Map<string, { -readonly [K in keyof DeliveryCount]: DeliveryCount[K] }>();
    const get = (queue: string, { data: { event, listener } }: StoredDelivery) => {
      const key = JSON.stringify([queue, event, listener]);
      const zero = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
      if (!counts.has(key)) counts.set(key, { queue, event, listener, ...zero });
      return counts.get(key)!;
    };
    for (const job of this.jobs) {
      if (queues.includes(job.queue) && job.state !== 'dead')
        get(job.queue, job.delivery)[this.toCount(job)]++;
    }
    for (const letter of this.letters) {
      if (queues.includes(letter.queue)) get(letter.queue, letter.delivery).failed++;
    }
    return [...counts.values()];
  }

  toCount({ state, notBefore }: Job): 'ready' | 'delayed' | 'active' | 'completed' {
    if (state === 'active' || state === 'completed') return state;
    return notBefore > Date.now() ? 'delayed' : 'ready';
  }

  find(deadLetterQueue: string, { ids, queue, event, listener, before }: DeadLetterFilter): Letter[] {
    return this.letters.filter(
      (letter) =>
        letter.deadLetterQueue === deadLetterQueue &&
        (ids === undefined || ids.includes(letter.id)) &&
        (queue === undefined || letter.queue === queue) &&
        (event === undefined || letter.data.event === event) &&
        (listener === undefined || letter.data.listener === listener) &&
        (before === undefined || letter.failedAt < before),
    );
  }

  redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): number {
    const letters = this.find(deadLetterQueue, filter).slice(0, limit);
    for (const { queue, delivery } of letters) {
      const { retries: _retries, delayMs: _delay, at: _at, ...options } = delivery.options;
      this.jobs.push(this.toJob(queue, { ...delivery, id: randomUUID(), options }));
    }
    this.remove(letters);
    this.announce();
    return letters.length;
  }

  remove(letters: readonly Letter[]): void {
    this.letters = this.letters.filter((letter) => !letters.includes(letter));
  }

  announce(): void {
    for (const tell of this.listeners) tell();
  }
}
