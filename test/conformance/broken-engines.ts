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
import { InMemoryStore, InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { InMemoryTransaction } from '../../lib/testing/in-memory/in-memory.transaction.js';
import { InMemoryWorker, type WorkerParts } from '../../lib/testing/in-memory/in-memory.worker.js';
import type { Job, Letter, Owner } from '../../lib/testing/in-memory/job.js';
import { MemoryQueue } from '../../lib/testing/in-memory/memory-queue.js';
import { RateWindow } from '../../lib/testing/in-memory/rate-window.js';

/** An engine that breaks one promise, and the area of the suite that is to find it out. */
export interface BrokenEngine {
  readonly area: string;
  readonly flaw: string;
  readonly engine?: typeof InMemoryWorkerCreator;
  readonly store?: typeof InMemoryStore;
}

/** An engine with other workers. */
function workingWith(workerClass: typeof InMemoryWorker): typeof InMemoryWorkerCreator {
  return class extends InMemoryWorkerCreator {
    protected override createWorker(parts: WorkerParts): InMemoryWorker {
      return new workerClass(parts);
    }
  };
}

/** A store with other queues. */
function keptIn(queueClass: typeof MemoryQueue): typeof InMemoryStore {
  return class extends InMemoryStore {
    protected override createQueue(): MemoryQueue {
      return new queueClass();
    }
  };
}

type Held = Parameters<InMemoryWorker['giveBack']>[0];

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
        return -Infinity;
      }
    },
  },
  {
    area: 'scheduling',
    flaw: 'takes no notice of priority',
    store: class extends InMemoryStore {
      override toJob(queue: string, delivery: StoredDelivery): Job {
        return { ...super.toJob(queue, delivery), priority: 0 };
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
    engine: workingWith(
      class extends InMemoryWorker {
        private readonly timer = setInterval(() => this.pump(), this.parts.options.pollIntervalMs).unref();

        protected override end(): void {
          super.end();
          clearInterval(this.timer);
        }
      },
    ),
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
        override giveBack(held: Held): void {
          held.job.attempt++;
          super.giveBack(held);
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
        override giveBack({ job, run }: Held): void {
          this.parts.store.settle(job, run, { status: 'postponed', delayMs: 0 });
        }
      },
    ),
  },
  {
    area: 'ordering keys',
    flaw: 'goes on with a key while one is tried again',
    store: class extends InMemoryStore {
      override again(job: Job, delayMs: number): void {
        this.getQueue(job.queue).finish(job);
        super.again(job, delayMs);
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
    store: keptIn(
      class extends MemoryQueue {
        override finish(job: Job): void {
          if (job.state !== 'dead') super.finish(job);
        }
      },
    ),
  },
  {
    area: 'ordering keys',
    flaw: 'runs one key at a time',
    store: keptIn(
      class extends MemoryQueue {
        protected override getKey(job: Job): string | undefined {
          return super.getKey(job) && 'any';
        }
      },
    ),
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
    area: 'rate limits',
    flaw: 'takes no notice of rate limits',
    store: class extends InMemoryStore {
      override getWindow(): RateWindow {
        return new RateWindow();
      }
    },
  },
  {
    area: 'rate limits',
    flaw: 'counts what begins in each process for itself',
    store: class extends InMemoryStore {
      private readonly windows = new Map<Owner, Map<string, RateWindow>>();

      override getWindow(queue: string, owner: Owner): RateWindow {
        const own = this.windows.get(owner) ?? new Map<string, RateWindow>();
        const window = own.get(queue) ?? new RateWindow();
        this.windows.set(owner, own.set(queue, window));
        return window;
      }
    },
  },
  {
    area: 'rate limits',
    flaw: 'begins nothing more once as many have begun as may',
    store: class extends InMemoryStore {
      override getWindow(queue: string, owner: Owner): RateWindow {
        const window = super.getWindow(queue, owner);
        if (window.closedUntil > 0) window.closedUntil = Infinity;
        return window;
      }
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
          { job, run }: Held,
          work: (transaction: DeliveryTransaction) => Promise<void>,
        ): Promise<void> {
          const { store } = this.parts;
          const transaction = new InMemoryTransaction();
          try {
            await work(transaction.toDeliveryTransaction(store));
            store.settle(job, run, { status: 'completed' });
          } finally {
            transaction.commit();
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
      override putBack({ queue, job: { delivery } }: Letter): void {
        const job = this.toJob(queue, { ...delivery, id: randomUUID() });
        this.getQueue(queue).add({ ...job, maxAttempts: 1 });
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
        super.bury(Object.assign(job, { delivery: { ...job.delivery, data: known } }), error);
      }
    },
  },
  {
    area: 'counting',
    flaw: 'counts as ready what is to be run later',
    engine: class extends InMemoryWorkerCreator {
      protected override toState(job: Job): 'ready' | 'delayed' | 'active' | 'completed' {
        const state = super.toState(job);
        return state === 'delayed' ? 'ready' : state;
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
      override recover(queue: string): void {
        for (const job of this.getQueue(queue).active) {
          if (job.run?.owner.silentSince !== -Infinity) continue;
          this.getQueue(queue).end(job);
          this.postpone(job, 0);
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
  ...(['delay', 'priority', 'groups', 'rateLimits', 'orderingKeys'] as const).map((lacking) => ({
    area: {
      delay: 'scheduling',
      priority: 'scheduling',
      groups: 'groups',
      rateLimits: 'rate limits',
      orderingKeys: 'ordering keys',
    }[lacking],
    flaw: `takes no notice of what it cannot do: ${lacking}`,
    engine: class extends InMemoryWorkerCreator {
      override readonly capabilities: EngineCapabilities = {
        ...new InMemoryWorkerCreator().capabilities,
        [lacking]: false,
      };

      protected override isAble(): boolean {
        return true;
      }
    },
  })),
];

class CountedByEach extends InMemoryStore {
  private readonly justTaken = new Map<Job, Owner>();

  override claim(queue: string, options: WorkOptions, owner: Owner): Job | undefined {
    this.getQueue(queue).offerGroups();
    const job = super.claim(queue, options, owner);
    if (job !== undefined) this.justTaken.set(job, owner);
    queueMicrotask(() => this.justTaken.clear());
    return job;
  }

  override hasRoom(job: Job, groupConcurrency: number | undefined, owner: Owner): boolean {
    const isUnseen = ([other, taker]: [Job, Owner]): boolean =>
      taker !== owner && other.delivery.options.group === job.delivery.options.group;
    const unseen = [...this.justTaken].filter(isUnseen).length;
    return super.hasRoom(job, groupConcurrency && groupConcurrency + unseen, owner);
  }
}

class PausedByOne extends InMemoryStore {
  pausedBy: Owner | undefined;

  override isPaused(queue: string, owner: Owner): boolean {
    return super.isPaused(queue, owner) && owner === this.pausedBy;
  }
}
