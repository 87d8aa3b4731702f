import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import type { IBaseEvent } from '../event/event.interface.js';
import type { DeliveryCodec } from './delivery-codec.js';
import type { PayloadLimits } from './payload/payload-serializer.js';
import type { StoredDelivery } from './stored-delivery.js';

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
  private constructor(private readonly codec: DeliveryCodec) {}

  /**
   * @param driver the driver that stores
   * @param host what its `attach()` was given
   */
  static async create(
    driver: IEventDriver,
    host: DriverHost,
    limits: PayloadLimits = {},
  ): Promise<DeliverySerializer> {
    const { DeliveryCodec } = await import('./delivery-codec.js');
    return new DeliverySerializer(await DeliveryCodec.create(host, { ...limits, driver }));
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
    return this.codec.packer
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
  deserialize(data: unknown): Promise<IBaseEvent> {
    return this.codec.restore(data);
  }

  /**
   * The payload alone, for those who look at what is stored.
   *
   * @throws an `UnreadablePayloadError` if it is nothing that {@link DeliverySerializer.serialize} made
   */
  deserializePayload(data: unknown): unknown {
    return this.codec.readPayload(data);
  }
}
