import { DispatchTimeoutError } from '../errors/index.js';
import { Coalescer } from './coalescer.js';
import type { PackedDelivery } from './delivery-packer.js';
import type { ResolvedQueueOptions } from './queue-options.js';
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
    });
  }

  /** Stores deliveries, all or none. A transaction of the caller's is never shared with others. */
  store(packed: readonly PackedDelivery[], transaction: unknown): Promise<void> {
    const deliveries = packed.map(({ delivery }) => delivery);
    return this.withDeadline(
      transaction === undefined
        ? this.coalescer.add(
            deliveries,
            packed.reduce((sum, { bytes }) => sum + bytes, 0),
          )
        : this.engine.store(this.name, deliveries, transaction),
    );
  }

  /** Resolves once what waits is stored. */
  flush(): Promise<void> {
    return this.coalescer.flush();
  }

  /** Refuses what still waits. */
  abandon(error: unknown): void {
    this.coalescer.abandon(error);
  }

  private withDeadline(storing: Promise<void>): Promise<void> {
    const { storeTimeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new DispatchTimeoutError(this.driverName, this.engine.getStoreName(), storeTimeoutMs));
      }, storeTimeoutMs);
      storing.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
