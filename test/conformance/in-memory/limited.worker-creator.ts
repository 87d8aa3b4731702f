import {
  type Claim,
  type EngineCapabilities,
  type Outcome,
  type QueueWorker,
  type StoredDelivery,
  UnsupportedOptionError,
  type WorkOptions,
} from 'nestjs-event-drivers';
import { type InMemoryStore, RefusedError } from './in-memory.store.js';
import { InMemoryWorker } from './in-memory.worker.js';
import { InMemoryWorkerCreator } from './in-memory.worker-creator.js';

/** Which capability an option needs. */
const NEEDED = {
  delayMs: 'delay',
  at: 'delay',
  priority: 'priority',
  group: 'groups',
  orderingKey: 'orderingKeys',
} as const;

/** An engine that can do nothing beyond what all can, and says so. */
export class LimitedWorkerCreator extends InMemoryWorkerCreator {
  override readonly capabilities: EngineCapabilities = {
    transactions: false,
    transactionalListeners: false,
    delay: false,
    priority: false,
    groups: false,
    orderingKeys: false,
    batchesAtOnce: 0,
    multiProcess: false,
  };

  override async store(
    queue: string,
    deliveries: readonly StoredDelivery[],
    transaction?: unknown,
  ): Promise<void> {
    this.opened();
    if (transaction !== undefined) {
      throw new UnsupportedOptionError('memory', 'transaction', 'it has no transactions');
    }
    for (const { options } of deliveries) {
      const asked = Object.keys(NEEDED).find((option) => option in options);
      if (asked !== undefined) throw new RefusedError(`'${asked}' is not supported`);
    }
    await super.store(queue, deliveries);
  }

  override async work(
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): Promise<QueueWorker> {
    this.opened();
    if (options.groupConcurrency !== undefined) {
      throw new UnsupportedOptionError('memory', 'groupConcurrency', 'it has no groups');
    }
    return super.work(queue, options, run);
  }

  protected override createWorker(
    store: InMemoryStore,
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): InMemoryWorker {
    return new InMemoryWorker(store, this.owner, queue, options, run, false);
  }
}
