import { DispatchTimeoutError } from '../errors/index.js';
import { Coalescer } from './coalescer.js';
import type { PackedDelivery } from './delivery-packer.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import type { StoredDelivery } from './stored-delivery.js';
import type { WorkerCreator } from './worker-creator.js';

/** More do not make a batch faster, but later. */
const MAX_BATCH_SIZE = 500;

/** The storing end of one queue. */
export class StoredQueue {
  private readonly coalescer: Coalescer;

  constructor(
    /** The name in the store. */
    readonly name: string,
    private readonly driverName: string,
    private readonly engine: WorkerCreator,
    private readonly options: ResolvedQueueOptions,
  ) {
    const { batchesAtOnce, minShare = 1 } = engine.capabilities;
    this.coalescer = new Coalescer((deliveries) => engine.store(name, deliveries), {
      driverName,
      maxBatchSize: batchesAtOnce > 0 ? MAX_BATCH_SIZE : 1,
      minShare,
      maxInFlight: batchesAtOnce > 0 ? batchesAtOnce : Infinity,
      maxWaiting: options.maxWaiting,
      isRefusal: (error) => engine.isRefusal(error),
      timeoutMs: options.storeTimeoutMs,
      toTimeoutError: () => this.toTimeoutError(),
    });
  }

  /** Stores deliveries, all or none. A transaction of the caller's is never shared with others. */
  store(packed: readonly PackedDelivery[], transaction: unknown): Promise<void> {
    const deliveries = packed.map(({ delivery }) => delivery);
    if (transaction !== undefined) return this.storeIn(transaction, deliveries);
    let bytes = 0;
    for (const one of packed) bytes += one.bytes;
    return this.coalescer.add(deliveries, bytes);
  }

  /** Resolves once what waits is stored. */
  flush(): Promise<void> {
    return this.coalescer.flush();
  }

  /** Refuses what still waits. */
  abandon(error: unknown): void {
    this.coalescer.abandon(error);
  }

  private storeIn(transaction: unknown, deliveries: readonly StoredDelivery[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.toTimeoutError()), this.options.storeTimeoutMs);
      this.engine
        .store(this.name, deliveries, transaction)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  private toTimeoutError(): unknown {
    return new DispatchTimeoutError(this.driverName, this.engine.getStoreName(), this.options.storeTimeoutMs);
  }
}
