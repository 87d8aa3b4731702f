import { randomUUID } from 'node:crypto';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeliveryTransaction,
  EngineCapabilities,
  QueueDefinition,
  StoredDelivery,
  WorkOptions,
} from 'nestjs-event-drivers';
import { InMemoryStore, type Job, type Owner } from './in-memory/in-memory.store.js';
import { InMemoryTransaction } from './in-memory/in-memory.transaction.js';
import { InMemoryWorker } from './in-memory/in-memory.worker.js';
import { ALL_CAPABILITIES, InMemoryWorkerCreator } from './in-memory/in-memory.worker-creator.js';

/** An engine that breaks one promise, and the area of the suite that is to find it out. */
export interface BrokenEngine {
  readonly area: string;
  readonly flaw: string;
  readonly engine?: typeof InMemoryWorkerCreator;
  readonly store?: typeof InMemoryStore;
}

type WorkerArguments = Parameters<InMemoryWorkerCreator['work']>;

/** An engine with other workers. */
function workingWith(workerClass: typeof InMemoryWorker): typeof InMemoryWorkerCreator {
  return class extends InMemoryWorkerCreator {
    protected override createWorker(store: InMemoryStore, ...args: WorkerArguments): InMemoryWorker {
      return new workerClass(store, this.owner, ...args);
    }
  };
}

export const BROKEN_ENGINES: readonly BrokenEngine[] = [
  {
    area: 'opening',
    flaw: 'keeps a queue as it was first defined',
    store: class extends InMemoryStore {
      override define(definition: QueueDefinition): void {
        super.define(definition, false);
      }
    },
  },
  {
    area: 'storing',
    flaw: 'stores what comes before one that it refuses',
    store: class extends InMemoryStore {
      override insert(queue: string, deliveries: readonly StoredDelivery[]): void {
        for (const delivery of deliveries) super.insert(queue, [delivery]);
      }
    },
  },
  {
    area: 'storing',
    flaw: 'stores one id twice',
    store: class extends InMemoryStore {
      override has(): boolean {
        return false;
      }
    },
  },
  {
    area: 'scheduling',
    flaw: 'takes no notice of delays',
    store: class extends InMemoryStore {
      override getStart(): number {
        return Date.now();
      }
    },
  },
  {
    area: 'scheduling',
    flaw: 'takes no notice of priority',
    store: class extends InMemoryStore {
      override getPriority(): number {
        return 0;
      }
    },
  },
  {
    area: 'working',
    flaw: 'runs as much at a time as there is',
    engine: workingWith(
      class extends InMemoryWorker {
        override hasRoom(): boolean {
          return true;
        }
      },
    ),
  },
  {
    area: 'working',
    flaw: 'does not wait for what is running when it is stopped',
    engine: workingWith(
      class extends InMemoryWorker {
        override async stop(): Promise<void> {
          this.end();
        }
      },
    ),
  },
  {
    area: 'working',
    flaw: 'finds out about new work only by looking for it',
    store: class extends InMemoryStore {
      override announce(): void {}
    },
  },
  {
    area: 'outcomes',
    flaw: 'tries once more than it may',
    store: class extends InMemoryStore {
      override toJob(queue: string, delivery: StoredDelivery): Job {
        const job = super.toJob(queue, delivery);
        return { ...job, maxAttempts: job.maxAttempts + 1 };
      }
    },
  },
  {
    area: 'outcomes',
    flaw: 'makes a dead letter of each attempt',
    store: class extends InMemoryStore {
      override fail(job: Job, error: DeadLetter['error'], delayMs: number): void {
        if (job.attempt < job.maxAttempts) this.bury(job, error);
        super.fail(job, error, delayMs);
      }
    },
  },
  {
    area: 'outcomes',
    flaw: 'waits for whole seconds',
    store: class extends InMemoryStore {
      override again(job: Job, delayMs: number): void {
        super.again(job, Math.round(delayMs / 1000) * 1000);
      }
    },
  },
  {
    area: 'outcomes',
    flaw: 'uses up an attempt for a postponement',
    store: class extends InMemoryStore {
      override postpone(job: Job, delayMs: number): void {
        this.again(job, delayMs);
      }
    },
  },
  {
    area: 'releasing',
    flaw: 'counts an attempt for what it gives back',
    engine: workingWith(
      class extends InMemoryWorker {
        override giveBack(job: Job): void {
          job.attempt++;
          super.giveBack(job);
        }
      },
    ),
  },
  {
    area: 'releasing',
    flaw: 'gives nothing back',
    engine: workingWith(
      class extends InMemoryWorker {
        override giveBack(): void {}
      },
    ),
  },
  {
    area: 'running once',
    flaw: 'gives back what had begun',
    engine: workingWith(
      class extends InMemoryWorker {
        override giveBack(job: Job): void {
          this.store.settle(job, this.owner, { status: 'postponed', delayMs: 0 });
        }
      },
    ),
  },
  {
    area: 'ordering keys',
    flaw: 'goes on with a key while one is tried again',
    store: class extends InMemoryStore {
      override isKeptBack(job: Job): boolean {
        const { jobs } = this;
        this.jobs = jobs.filter(({ state, notBefore }) => state !== 'waiting' || notBefore <= Date.now());
        const isKeptBack = super.isKeptBack(job);
        this.jobs = jobs;
        return isKeptBack;
      }
    },
  },
  {
    area: 'ordering keys',
    flaw: 'orders those of one call by their ids',
    store: class extends InMemoryStore {
      override insert(queue: string, deliveries: readonly StoredDelivery[]): void {
        super.insert(
          queue,
          deliveries.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        );
      }
    },
  },
  {
    area: 'ordering keys',
    flaw: 'keeps back a key for good after a dead letter',
    store: class extends InMemoryStore {
      override isKeptBack(job: Job): boolean {
        const { orderingKey } = job.delivery.options;
        const isDead = this.jobs.some(
          (other) => other.state === 'dead' && other.delivery.options.orderingKey === orderingKey,
        );
        return (orderingKey !== undefined && isDead) || super.isKeptBack(job);
      }
    },
  },
  {
    area: 'ordering keys',
    flaw: 'runs one key at a time',
    store: class extends InMemoryStore {
      override isKeptBack(job: Job): boolean {
        const isKeyed = ({ queue, state, delivery }: Job): boolean =>
          queue === job.queue && state === 'active' && delivery.options.orderingKey !== undefined;
        return (
          super.isKeptBack(job) || (job.delivery.options.orderingKey !== undefined && this.jobs.some(isKeyed))
        );
      }
    },
  },
  {
    area: 'groups',
    flaw: 'takes no notice of groups',
    store: class extends InMemoryStore {
      override hasRoom(): boolean {
        return true;
      }
    },
  },
  {
    area: 'groups',
    flaw: 'does not count what another process takes at the same moment',
    get store() {
      return CountedByEach;
    },
  },
  {
    area: 'transactions',
    flaw: 'stores without waiting for the commit',
    engine: class extends InMemoryWorkerCreator {
      override store(queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
        return super.store(queue, deliveries);
      }
    },
  },
  {
    area: 'transactional deliveries',
    flaw: 'commits the work though it fails',
    engine: workingWith(
      class extends InMemoryWorker {
        override async runInTransaction(
          job: Job,
          work: (transaction: DeliveryTransaction) => Promise<void>,
        ): Promise<void> {
          const client = new InMemoryTransaction(this.store);
          try {
            await work({ client, query: () => Promise.reject(new Error('There is no SQL in memory.')) });
            this.store.settle(job, this.owner, { status: 'completed' });
          } finally {
            client.commit();
          }
        }
      },
    ),
  },
  {
    area: 'dead letters',
    flaw: 'knows no listeners',
    store: class extends InMemoryStore {
      override find(deadLetterQueue: string, { listener: _, ...filter }: DeadLetterFilter) {
        return super.find(deadLetterQueue, filter);
      }
    },
  },
  {
    area: 'dead letters',
    flaw: 'forgets the reason',
    store: class extends InMemoryStore {
      override bury(job: Job): void {
        super.bury(job, { name: 'Error', message: 'failed' });
      }
    },
  },
  {
    area: 'redriving',
    flaw: 'moves what the filter does not mean',
    store: class extends InMemoryStore {
      override redrive(deadLetterQueue: string, _filter: DeadLetterFilter, limit: number): number {
        return super.redrive(deadLetterQueue, {}, limit);
      }
    },
  },
  {
    area: 'redriving',
    flaw: 'knows no limit',
    store: class extends InMemoryStore {
      override redrive(deadLetterQueue: string, filter: DeadLetterFilter): number {
        return super.redrive(deadLetterQueue, filter, Infinity);
      }
    },
  },
  {
    area: 'redriving',
    flaw: 'gives one more attempt, and no more',
    store: class extends InMemoryStore {
      override redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): number {
        const letters = this.find(deadLetterQueue, filter).slice(0, limit);
        for (const { queue, delivery } of letters) {
          const job = this.toJob(queue, { ...delivery, id: randomUUID() });
          this.jobs.push({ ...job, maxAttempts: 1 });
        }
        this.remove(letters);
        this.announce();
        return letters.length;
      }
    },
  },
  {
    area: 'redriving',
    flaw: 'keeps of a dead letter only what it knows',
    store: class extends InMemoryStore {
      override bury(job: Job, error: DeadLetter['error']): void {
        const { event, version, listener, eventId, payload } = job.delivery.data;
        const known = { event, version, eventId, payload, ...(listener === undefined ? {} : { listener }) };
        super.bury({ ...job, delivery: { ...job.delivery, data: known } }, error);
        job.state = 'dead';
      }
    },
  },
  {
    area: 'counting',
    flaw: 'counts as ready what is to be run later',
    store: class extends InMemoryStore {
      override toCount(job: Job): 'ready' | 'delayed' | 'active' | 'completed' {
        const count = super.toCount(job);
        return count === 'delayed' ? 'ready' : count;
      }
    },
  },
  {
    area: 'pausing',
    flaw: 'pauses this process only',
    engine: class extends InMemoryWorkerCreator {
      override async setPaused(queue: string, paused: boolean): Promise<void> {
        await super.setPaused(queue, paused);
        (this.memory as PausedByOne).pausedBy = paused ? this.owner : undefined;
      }
    },
    get store() {
      return PausedByOne;
    },
  },
  {
    area: 'crashes',
    flaw: 'counts no attempt for a crash',
    store: class extends InMemoryStore {
      override recover(): void {
        for (const job of this.jobs) {
          if (job.state === 'active' && job.owner?.diedAt === -Infinity) this.postpone(job, 0);
        }
      }
    },
  },
  {
    area: 'crashes',
    flaw: 'never finds what was in hand',
    store: class extends InMemoryStore {
      override recover(): void {}
    },
  },
  {
    area: 'closing',
    flaw: 'takes whatever comes after it was closed',
    engine: class extends InMemoryWorkerCreator {
      override async close(): Promise<void> {}
    },
  },
  {
    area: 'closing',
    flaw: 'goes on with its work after it was closed',
    engine: class extends InMemoryWorkerCreator {
      override async close(): Promise<void> {
        this.state = 'closed';
      }
    },
  },
  ...(['delay', 'priority', 'groups', 'orderingKeys'] as const).map((lacking) => ({
    area: { delay: 'scheduling', priority: 'scheduling', groups: 'groups', orderingKeys: 'ordering keys' }[
      lacking
    ],
    flaw: `takes no notice of what it cannot do: ${lacking}`,
    engine: class extends InMemoryWorkerCreator {
      override readonly capabilities: EngineCapabilities = { ...ALL_CAPABILITIES, [lacking]: false };
    },
  })),
];

class CountedByEach extends InMemoryStore {
  private asking: Owner | undefined;
  private readonly justTaken = new Set<Job>();

  override claim(queue: string, options: WorkOptions, owner: Owner): Job | undefined {
    this.asking = owner;
    const job = super.claim(queue, options, owner);
    if (job !== undefined) this.justTaken.add(job);
    queueMicrotask(() => this.justTaken.clear());
    return job;
  }

  override hasRoom(job: Job, options: WorkOptions): boolean {
    const { jobs, asking } = this;
    this.jobs = jobs.filter((other) => other.owner === asking || !this.justTaken.has(other));
    const hasRoom = super.hasRoom(job, options);
    this.jobs = jobs;
    return hasRoom;
  }
}

class PausedByOne extends InMemoryStore {
  pausedBy: Owner | undefined;

  override isPaused(queue: string, owner: Owner): boolean {
    return super.isPaused(queue, owner) && owner === this.pausedBy;
  }
}
