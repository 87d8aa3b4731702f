import { InvalidOptionsError } from '../errors/index.js';
import { getCurrentTransaction } from './current-transaction.js';
import type { PackedDelivery } from './delivery-packer.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import { toStoreName } from './queue-names.js';
import { StoredQueue } from './stored-queue.js';
import type { WorkerCreator } from './worker-creator.js';

/** The storing end of all queues of one driver. */
export class StoredQueues {
  private readonly queues: ReadonlyMap<string, StoredQueue>;

  constructor(
    private readonly driverName: string,
    /** As the application calls them. */
    readonly names: readonly string[],
    private readonly engine: WorkerCreator,
    options: ResolvedQueueOptions,
  ) {
    this.queues = new Map(
      names.map((name) => [
        name,
        new StoredQueue(toStoreName(driverName, name), driverName, engine, options),
      ]),
    );
  }

  /**
   * Stores deliveries: those of each queue together, in the transaction that is open around the caller if any.
   *
   * @throws {@link InvalidOptionsError} for a queue that there is none of
   */
  store(packed: readonly PackedDelivery[]): Promise<void> {
    const ambient = this.engine.capabilities.transactions
      ? (getCurrentTransaction(this.engine.getStoreName()) ?? this.engine.getAmbientTransaction())
      : undefined;
    const [first] = packed;
    if (packed.length === 1 && first !== undefined) {
      return this.get(first).store(packed, first.transaction ?? ambient);
    }
    return storeEach(
      Map.groupBy(packed, (one) => this.get(one)),
      ambient,
    );
  }

  /** Settles once what waits is stored, or is not. */
  async flush(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.flush()));
  }

  /** Refuses what still waits. */
  abandon(error: unknown): void {
    for (const queue of this.queues.values()) queue.abandon(error);
  }

  private get({ queue: name, delivery }: PackedDelivery): StoredQueue {
    const queue = this.queues.get(name);
    if (queue !== undefined) return queue;
    const known = this.names.map((other) => `'${other}'`).join(', ');
    throw new InvalidOptionsError(`Event '${delivery.data.event}'`, [
      `driver '${this.driverName}' has no queue '${name}', so nobody would work it. There are ${known}; ` +
        `add it to the driver's option 'queues'`,
    ]);
  }
}

async function storeEach(
  batches: ReadonlyMap<StoredQueue, readonly PackedDelivery[]>,
  ambient: unknown,
): Promise<void> {
  await Promise.all(
    [...batches].map(([queue, deliveries]) => queue.store(deliveries, deliveries[0]!.transaction ?? ambient)),
  );
}
