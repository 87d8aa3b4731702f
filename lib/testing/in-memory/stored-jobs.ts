import { type Clock, SYSTEM_CLOCK } from '../../driver/clock.js';
import { StoreError } from '../../errors/index.js';
import type { StoredDelivery } from '../../queue/stored-delivery.js';
import type { QueueDefinition } from '../../queue/worker-creator.js';
import { copyJson, type Job } from './job.js';
import { MemoryQueue } from './memory-queue.js';
import { checkText } from './refusals.js';
import { StoreUsers } from './store-users.js';
import { WorkLoop } from './work-loop.js';

let storeCount = 0;

/** The deliveries of a store in memory, queue by queue. */
export abstract class StoredJobs {
  /** @internal */
  readonly definitions = new Map<string, QueueDefinition>();
  /** @internal */
  readonly paused = new Set<string>();
  /** @internal */
  readonly queues = new Map<string, MemoryQueue>();
  /** @internal */
  readonly users = new StoreUsers();
  /** @internal */
  readonly loop = new WorkLoop(() => this.clock);
  private positions = 0;

  /** @param name what errors and logs call it */
  constructor(readonly name: string = `memory ${++storeCount}`) {}

  /** @internal The time of the engines that have it open. */
  get clock(): Clock {
    return this.users.clock ?? SYSTEM_CLOCK;
  }

  /** @internal */
  define(definition: QueueDefinition, isWorker: boolean): void {
    if (isWorker || !this.definitions.has(definition.name)) {
      this.definitions.set(definition.name, definition);
    }
  }

  /** @internal Stores all or none. */
  insert(queue: string, deliveries: readonly StoredDelivery[]): void {
    this.check(queue, deliveries);
    this.forget(queue);
    for (const delivery of deliveries) {
      if (!this.has(queue, delivery.id)) this.getQueue(queue).add(this.toJob(queue, delivery));
    }
    this.announce();
  }

  /** @internal @throws if one of them could not be stored */
  check(queue: string, deliveries: readonly StoredDelivery[]): void {
    this.getDefinition(queue);
    for (const delivery of deliveries) checkText(this.name, delivery);
  }

  /** @internal */
  has(queue: string, id: string): boolean {
    return this.getQueue(queue).jobs.has(id);
  }

  /** @internal */
  toJob(queue: string, { id, data, options }: StoredDelivery): Job {
    const { retries = this.getDefinition(queue).retries, priority = 0 } = options;
    const delivery = { id, data: copyJson(data), options: { ...options } };
    return {
      id,
      queue,
      delivery,
      position: this.positions++,
      priority,
      maxAttempts: retries + 1,
      state: 'waiting',
      attempt: 0,
      postponements: 0,
      notBefore: this.getStart(delivery),
      run: undefined,
    };
  }

  /** @internal */
  getStart({ options: { at, delayMs } }: StoredDelivery): number {
    return at?.getTime() ?? this.clock.now() + (delayMs ?? 0);
  }

  /** @internal Forgets what is to be kept no longer. */
  forget(queue: string): void {
    const { keepCompletedSeconds } = this.getDefinition(queue);
    this.getQueue(queue).forget(this.clock.now() - keepCompletedSeconds * 1000);
  }

  /** @internal */
  announce(): void {
    this.loop.announce();
  }

  /** @internal */
  getQueue(name: string): MemoryQueue {
    const queue = this.queues.get(name) ?? this.createQueue();
    this.queues.set(name, queue);
    return queue;
  }

  protected createQueue(): MemoryQueue {
    return new MemoryQueue();
  }

  protected getDefinition(queue: string): QueueDefinition {
    const definition = this.definitions.get(queue);
    if (definition === undefined)
      throw new StoreError(this.name, 'not-stored', new Error(`there is no queue '${queue}'`));
    return definition;
  }
}
