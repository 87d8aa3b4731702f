import type { Clock } from '../driver/clock.js';
import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import type { DriverOperations } from '../driver/driver-operations.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { DeliveryCodec } from './delivery-codec.js';
import type { DeliveryPacker } from './delivery-packer.js';
import { DeliveryRunner } from './delivery-runner.js';
import { closeEngine, openEngine } from './engine-opener.js';
import { toDeadLetterQueue } from './queue-names.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import { createQueueOperations } from './queue-operations.js';
import { StoredQueues } from './stored-queues.js';
import type { QueueDefinition, WorkerCreator } from './worker-creator.js';

/** What a driver of queues says of them before their store is open. */
export interface QueuesToOpen {
  readonly driver: IEventDriver;
  readonly host: DriverHost;
  readonly engine: WorkerCreator;
  readonly clock: Clock;
  readonly options: ResolvedQueueOptions;
  /** As the application calls them. */
  readonly names: readonly string[];
  readonly definitions: readonly QueueDefinition[];
  /** Whether this process works any of them. */
  readonly isWorker: boolean;
  /** Makes a delivery by the driver of the worker's side. */
  readonly deliver: (event: IBaseEvent) => Promise<void>;
}

/**
 * The queues of a driver once their store is open. Only an application that has a queue loads this, and what it is made
 * of: it is a good part of the library.
 */
export class OpenQueues {
  private constructor(
    private readonly parts: QueuesToOpen,
    private readonly queues: StoredQueues,
    private readonly packer: DeliveryPacker,
    readonly runner: DeliveryRunner,
    readonly operations: DriverOperations,
  ) {}

  /** @throws {@link StoreUnavailableError}, or what says by itself why the store cannot be opened */
  static async open(parts: QueuesToOpen): Promise<OpenQueues> {
    const { driver, host, engine, clock, options, names, definitions, isWorker } = parts;
    const { maxPayloadBytes } = options;
    const codec = await DeliveryCodec.create(host, { driver, defaults: options, maxPayloadBytes });
    await openEngine(host, engine, { queues: definitions, isWorker, clock });
    const driverName = driver.getName();
    return new OpenQueues(
      parts,
      new StoredQueues(driverName, names, engine, options),
      codec.packer,
      new DeliveryRunner({ ...parts, codec, storeName: engine.getStoreName() }),
      createQueueOperations(
        driverName,
        engine,
        toDeadLetterQueue(driverName),
        definitions.map(({ name }) => name),
        codec.payloads,
      ),
    );
  }

  /** Not an async function: thousands may be waiting at a time, each in as many of them as there are. */
  store(events: readonly IBaseEvent[]): Promise<void> {
    try {
      const { deliveries, checked } = this.packer.begin(events);
      return checked === undefined
        ? this.queues.store(deliveries)
        : checked.then(() => this.queues.store(deliveries));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Settles once what waits is stored, or is not. */
  flush(): Promise<void> {
    return this.queues.flush();
  }

  /** Refuses what still waits. */
  abandon(error: unknown): void {
    this.queues.abandon(error);
  }

  close(): Promise<void> {
    return closeEngine(this.parts.host, this.parts.engine);
  }
}
