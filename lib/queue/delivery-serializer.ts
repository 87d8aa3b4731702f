import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { EventView } from '../event/event-view.js';
import { SignalledEvent } from '../event/signalled-event.js';
import { runInContext } from './context.js';
import { DeliveryPacker, NO_DEFAULTS } from './delivery-packer.js';
import { DeliveryUnpacker } from './delivery-unpacker.js';
import { type PayloadLimits, PayloadSerializer } from './payload/payload-serializer.js';
import { readStoredData } from './read-stored-data.js';
import type { StoredData, StoredDelivery } from './stored-delivery.js';
import { loadContext } from './trace-context.js';

/** A delivery as a driver stores it: all of it is JSON, but for `options.at` and `transaction`. */
export interface SerializedDelivery extends StoredDelivery {
  /** The queue that it is for, `'default'` if it names none. */
  readonly queue: string;
  /** The transaction of the dispatch, if it has one. */
  readonly transaction: unknown;
}

/**
 * Turns deliveries into what a driver of your own can store, and back: with payloads beyond JSON (`Date`, `Map`, `Set`,
 * `bigint`, `undefined`), versions, schemas, and what the application carries along.
 *
 * @example
 * ```ts
 * const serializer = await DeliverySerializer.create(this, host);
 * for (const { id, data } of await serializer.serialize(events)) await append(id, JSON.stringify(data));
 *
 * const delivery = await serializer.deserialize(JSON.parse(line));
 * await delivery.execute(signal);
 * ```
 */
export class DeliverySerializer {
  private constructor(
    private readonly host: DriverHost,
    private readonly payloads: PayloadSerializer,
    private readonly context: DriverHost['context'],
    private readonly unpacker: DeliveryUnpacker,
  ) {}

  /**
   * @param driver the driver that stores
   * @param host what its `attach()` was given
   */
  static async create(
    driver: IEventDriver,
    host: DriverHost,
    limits: PayloadLimits = {},
  ): Promise<DeliverySerializer> {
    const payloads = await PayloadSerializer.create(limits);
    const context = await loadContext(host.context);
    return new DeliverySerializer(host, payloads, context, new DeliveryUnpacker(host, payloads, driver));
  }

  /**
   * What is to be stored of deliveries. Their payloads are copied before this returns its promise, so that what happens
   * to them afterwards is not seen: call it before anything is awaited.
   *
   * One delivery has one `id`, however often it is dispatched: a driver that has stored it before need not again.
   *
   * @throws an `InvalidPayloadError`, an `InvalidEventError` or an `InvalidOptionsError` if one of them cannot be
   *   stored: then none should be
   */
  serialize(deliveries: readonly IBaseEvent[]): Promise<readonly SerializedDelivery[]> {
    return new DeliveryPacker(NO_DEFAULTS, this.payloads, this.context)
      .pack(deliveries)
      .then((packed) =>
        packed.map(({ delivery, queue, transaction }) => ({ ...delivery, queue, transaction })),
      );
  }

  /**
   * The delivery that `data` was stored of, ready to be executed.
   *
   * @param data of a {@link SerializedDelivery}, as it has come from the store
   * @throws what says why this application cannot make that delivery: an `UndeliverableError`, for example, where it
   *   does not know the event or the listener. It would be the same at another attempt
   */
  async deserialize(data: unknown): Promise<IBaseEvent> {
    const stored = readStoredData(data);
    return new RestoredDelivery(await this.unpacker.unpack(stored), stored, this.host, this.context);
  }

  /**
   * The payload alone, for those who look at what is stored.
   *
   * @throws an `UnreadablePayloadError` if it is nothing that {@link DeliverySerializer.serialize} made
   */
  deserializePayload(data: unknown): unknown {
    const { payload, types, event } = readStoredData(data);
    return this.payloads.unpack(payload, types, event);
  }
}

/** Runs in what was carried along with it, and by the driver that the dispatch has asked for. */
class RestoredDelivery extends EventView {
  constructor(
    delivery: IBaseEvent,
    private readonly data: StoredData,
    private readonly host: DriverHost,
    private readonly context: DriverHost['context'],
  ) {
    super(delivery);
  }

  execute(signal?: AbortSignal): Promise<void> {
    return runInContext(this.context, this.data.headers ?? {}, () => this.deliver(signal));
  }

  private async deliver(signal: AbortSignal | undefined): Promise<void> {
    const { driver } = this.data;
    if (driver === undefined || driver === null) return this.event.execute(signal);
    const delivery = signal === undefined ? this.event : new SignalledEvent(this.event, signal);
    return this.host.getDriver(driver).dispatch(delivery);
  }
}
