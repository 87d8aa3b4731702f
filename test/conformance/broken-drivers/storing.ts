import { setTimeout as delay } from 'node:timers/promises';
import type { DriverCapabilities, IBaseEvent, SerializedDelivery } from 'nestjs-event-drivers';
import type { BrokenDriver } from '../broken-drivers.js';
import { type Entry, MemoryStore } from '../storing-driver/memory-store.js';
import { StoringDriver } from '../storing-driver/storing.driver.js';

/** As `StoringDriver` is tried, with another class in its place. */
function storing(
  driver: typeof StoringDriver,
  store: typeof MemoryStore = MemoryStore,
): BrokenDriver['harness'] {
  return {
    driver,
    options: () => ({ store: new store() }),
    crash: (instance) => (instance as StoringDriver).crash(),
  };
}

/** A store that forgets nothing but what is put into it in this way. */
function storingEntries(change: (entry: Entry) => Partial<Entry>): BrokenDriver['harness'] {
  return storing(
    class extends StoringDriver {
      protected override toEntry(delivery: SerializedDelivery): Entry {
        const entry = super.toEntry(delivery);
        return { ...entry, ...change(entry) };
      }
    },
  );
}

/** A driver that says more than is true. */
function promising(...options: NonNullable<DriverCapabilities['options']>): BrokenDriver['harness'] {
  return storing(
    class extends StoringDriver {
      override get capabilities(): DriverCapabilities {
        return { ...super.capabilities, options };
      }
    },
  );
}

export const BROKEN_STORES: readonly BrokenDriver[] = [
  {
    area: 'delivering',
    flaw: 'knows nothing of dispatches before it is open',
    finding: 'takes what is dispatched while the application starts: Error: not open',
    harness: storing(
      class extends StoringDriver {
        private isOpen = false;

        override async open(): Promise<void> {
          await super.open();
          this.isOpen = true;
        }

        protected override assertOpen(): void {
          if (!this.isOpen) throw new Error('not open');
        }
      },
    ),
  },
  {
    area: 'options',
    flaw: 'takes no notice of times',
    finding: 'the work was begun after',
    harness: storingEntries(() => ({ dueAt: 0 })),
  },
  {
    area: 'options',
    flaw: 'tries once more than it may',
    finding: 'attempts with retries: 0 and retries: 1: expected',
    harness: storingEntries(({ attemptsAtMost }) => ({ attemptsAtMost: attemptsAtMost + 1 })),
  },
  {
    area: 'options',
    flaw: 'stores a key twice',
    finding: 'what ran of two events with one idempotencyKey',
    harness: storingEntries(() => ({ id: String(Math.random()) })),
  },
  {
    area: 'options',
    flaw: 'promises priorities, and does not know of them',
    finding: 'the order of what is due at a time: expected ["execute high 300","execute low 300"]',
    harness: promising('priority', 'at'),
  },
  {
    area: 'options',
    flaw: 'promises a limit of time, and does not know of it',
    finding: 'the work was given no signal',
    harness: promising('expireIn'),
  },
  {
    area: 'options',
    flaw: 'promises an order, and does not keep it',
    finding: 'deliveries of one key running at a time: expected 1',
    harness: promising('orderingKey'),
  },
  {
    area: 'options',
    flaw: 'promises queues, and takes any',
    finding: 'dispatching to a queue that there is none of resolved',
    harness: promising('queue'),
  },
  {
    area: 'options',
    flaw: 'promises to store in a transaction, and does so outside of it',
    finding: 'dispatching with a transaction that is none resolved',
    harness: promising('transaction'),
  },
  {
    area: 'options',
    flaw: 'promises listeners a transaction, and gives them none',
    finding: 'a transactional listener was given no transaction',
    harness: promising('transactional'),
  },
  {
    area: 'durability',
    flaw: 'says that it stores, and keeps in memory',
    finding: 'in vain until all was delivered that was accepted before',
    harness: storing(
      class extends StoringDriver {
        private readonly own = new MemoryStore();

        protected override get store(): MemoryStore {
          return this.own;
        }
      },
    ),
  },
  {
    area: 'durability',
    flaw: 'stores, and does not say so',
    finding: 'what ran in an application and another after it: expected ["execute a"]',
    harness: storing(
      class extends StoringDriver {
        override get capabilities(): DriverCapabilities {
          return { durable: false, concurrent: true, background: true };
        }

        protected override finish(entry: Entry): void {
          entry.status = 'running';
        }
      },
    ),
  },
  {
    area: 'durability',
    flaw: 'loses what it stores at a close',
    finding: 'in vain until all was delivered that was accepted before',
    harness: storing(
      class extends StoringDriver {
        override async close(): Promise<void> {
          await super.close();
          this.store.entries.clear();
        }
      },
    ),
  },
  {
    area: 'durability',
    flaw: 'forgets what is done',
    finding: 'what ran: expected ["execute a"], got ["execute a","execute a"]',
    harness: storing(
      class extends StoringDriver {
        protected override finish(entry: Entry): void {
          entry.status = 'running';
        }
      },
    ),
  },
  {
    area: 'durability',
    flaw: 'works where it is told not to',
    finding: 'what ran in an application that works nothing: expected []',
    harness: storing(
      class extends StoringDriver {
        protected override shouldWork(): boolean {
          return true;
        }
      },
    ),
  },
  {
    area: 'durability',
    flaw: 'stores what comes before one that it refuses',
    finding: 'what ran of events that were refused together: expected []',
    harness: storing(
      class extends StoringDriver {
        override async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
          for (const event of events) await super.dispatchMany([event]);
        }
      },
    ),
  },
  {
    area: 'payloads',
    flaw: 'brings back of a payload what JSON can say',
    finding: 'a value in a payload: expected "2026-01-02T03:04:05.678Z"',
    harness: storingEntries(({ data }) => ({ data: { ...data, types: undefined } })),
  },
  {
    area: 'payloads',
    flaw: 'stores a payload as it is later',
    finding: 'the payload: expected {"amount":1}, got {"amount":2}',
    harness: storing(
      class extends StoringDriver {
        override async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
          await delay(1);
          await super.dispatchMany(events);
        }
      },
    ),
  },
  {
    area: 'durability',
    flaw: 'loses what an application does not know',
    finding: 'in vain until the event was delivered, or listed',
    harness: storing(
      class extends StoringDriver {
        protected override hold(entry: Entry): void {
          this.store.entries.delete(entry.id);
        }
      },
    ),
  },
  {
    area: 'shutting down',
    flaw: 'loses what it does not wait for',
    finding: 'in vain until the work was begun again by the next application',
    harness: storing(
      class extends StoringDriver {
        override async close(): Promise<void> {
          this.isClosed = true;
          for (const entry of this.store.entries.values()) entry.status = 'done';
        }
      },
    ),
  },
  {
    area: 'wrapping',
    flaw: 'takes the name of a driver, and does nothing with it',
    finding: "starting with an option 'driver', though the driver does not extend WrappingDriver resolved",
    harness: storing(
      class extends StoringDriver {
        static override validateOptions(options: unknown): readonly string[] {
          const { driver: _, ...own } = options as { driver?: string };
          return super.validateOptions(own);
        }
      },
    ),
  },
];
