import type { ContextCarrier } from '../config/context-carrier.js';
import { InvalidOptionsError } from '../errors/index.js';
import type { DeliveryKey } from '../event/delivery-options.js';
import { OVERTAKEN } from '../event/delivery-options.js';
import { describeNoKey, isKeyText, KEY_TEXT } from '../event/key-text.js';
import { type EventMetadata, getEventMetadata } from '../event/event-metadata.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { type CallOptions, unwrap } from '../event/optioned-event.js';
import { validatePayload } from '../event/validate-payload.js';
import { toMilliseconds } from '../utils/duration.js';
import type { Writable } from '../utils/writable.js';
import { captureContext } from './context.js';
import { deliveryId } from './delivery-id.js';
import { hasOwnId, isWithoutId, readEventId, readOwnTimestamp } from './event-id.js';
import type { PayloadSerializer } from './payload/payload-serializer.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import type { StoredData, StoredDelivery, StoreOptions } from './stored-delivery.js';

/** A delivery ready to be stored, and where. */
export interface PackedDelivery {
  readonly queue: string;
  readonly transaction: unknown;
  readonly delivery: StoredDelivery;
  /** About how many bytes it has. */
  readonly bytes: number;
}

/** Deliveries ready to be stored, unless what is still being checked about them rejects. */
export interface Packed {
  readonly deliveries: readonly PackedDelivery[];
  /** `undefined` if there is nothing to wait for. */
  readonly checked: Promise<unknown> | undefined;
}

/** What all deliveries of one event have in common. */
interface PackedEvent {
  readonly event: IBaseEvent;
  readonly data: StoredData;
  readonly bytes: number;
  /** Whether its id was made just now. */
  readonly isNew: boolean;
}

/** What deliveries have that say nothing else. */
export type PackingDefaults = Pick<ResolvedQueueOptions, 'startAfterMs' | 'priority'>;

/**
 * Turns deliveries into what is stored of them. What cannot be stored is refused here.
 *
 * They are written field by field: most fields are absent, and to spread what is not there takes nearly three times as long.
 */
export class DeliveryPacker {
  constructor(
    private readonly defaults: PackingDefaults,
    private readonly serializer: PayloadSerializer,
    private readonly context: readonly ContextCarrier[],
  ) {}

  /** {@link DeliveryPacker.begin}, and waits for what is checked. */
  async pack(deliveries: readonly IBaseEvent[]): Promise<readonly PackedDelivery[]> {
    const packed = this.begin(deliveries);
    await packed.checked;
    return packed.deliveries;
  }

  /**
   * Packs deliveries; those of one event in a row share its payload. All are packed before any of them is waited for,
   * so that what happens to a payload after the dispatch is not seen.
   */
  begin(deliveries: readonly IBaseEvent[]): Packed {
    const packed: PackedDelivery[] = [];
    let checks: Promise<unknown>[] | undefined;
    let last: PackedEvent | undefined;
    for (const delivery of deliveries) {
      const { event, options } = unwrap(delivery);
      if (last?.event !== event) {
        last = this.packEvent(event);
        const metadata = getEventMetadata(event.constructor);
        if (metadata.schema !== undefined) {
          const check = this.validate(metadata, last.data);
          // Another event may be refused before anybody waits for this one.
          check.catch(() => {});
          (checks ??= []).push(check);
        }
      }
      packed.push(this.packDelivery(delivery, last, options));
    }
    return { deliveries: packed, checked: checks && Promise.all(checks) };
  }

  /** What is held against the schema is what is stored, and a schema that changes it changes a copy. */
  private async validate(metadata: EventMetadata, { payload, types, event }: StoredData): Promise<void> {
    await validatePayload(metadata, this.serializer.unpack(payload, types, event), 'dispatch');
  }

  private packEvent(event: IBaseEvent): PackedEvent {
    const isNew = isWithoutId(event);
    const eventId = readEventId(event);
    const timestamp = readOwnTimestamp(event);
    const headers = captureContext(this.context);
    const name = event.getName();
    const { packed, size } = this.serializer.packSized(event.getPayload(), name);
    const { version } = getEventMetadata(event.constructor);
    const data: Writable<StoredData> = { event: name, version, eventId, payload: packed.payload };
    if (timestamp !== undefined) data.timestamp = timestamp;
    if (packed.types !== undefined) data.types = packed.types;
    if (headers !== undefined) data.headers = headers;
    return { event, data, bytes: size, isNew };
  }

  private packDelivery(
    delivery: IBaseEvent,
    { event, data, bytes, isNew }: PackedEvent,
    options: CallOptions,
  ): PackedDelivery {
    const listener = delivery.getListenerId?.();
    const key = resolveKey('idempotencyKey', options.idempotencyKey, event);
    const id =
      key === undefined
        ? deliveryId(data.eventId, listener, hasOwnId(event) ? data.event : undefined)
        : deliveryId(`${data.event}\0${key}`, listener);
    const stored: Writable<StoredData> = { ...data };
    if (listener !== undefined) stored.listener = listener;
    if (options.relayTo !== undefined) stored.driver = options.relayTo;
    const packed: Writable<StoredDelivery> = {
      id,
      data: stored,
      options: this.toStoreOptions(options, event),
    };
    if (isNew && key === undefined) packed.isNew = true;
    return {
      queue: options.queue ?? delivery.getQueueName?.() ?? 'default',
      transaction: options.transaction,
      delivery: packed,
      bytes,
    };
  }

  private toStoreOptions(options: CallOptions, event: IBaseEvent): StoreOptions {
    const { startAfterMs, priority } = this.defaults;
    if (!hasAny(options) && startAfterMs === 0 && priority === undefined) return NO_OPTIONS;
    const store: Writable<StoreOptions> = {};
    const delayMs = toMilliseconds(options.delay) ?? startAfterMs;
    if (options.at !== undefined) store.at = options.at;
    else if (delayMs > 0) store.delayMs = delayMs;
    if (options.priority !== undefined || priority !== undefined)
      store.priority = options.priority ?? priority!;
    if (options.retries !== undefined) store.retries = options.retries;
    if (options.expireIn !== undefined) store.timeoutMs = toMilliseconds(options.expireIn);
    const group = resolveKey('group', options.group, event);
    if (group !== undefined) store.group = group;
    const orderingKey = resolveKey('orderingKey', options.orderingKey, event);
    if (orderingKey !== undefined) store.orderingKey = this.assertInOrder(orderingKey, options, event);
    return store;
  }

  /** What is delayed by itself would be overtaken by what is stored after it. A delay of the driver is that of all. */
  private assertInOrder(orderingKey: string, { at, delay }: CallOptions, event: IBaseEvent): string {
    const isDelayed = delay !== undefined && toMilliseconds(delay) !== this.defaults.startAfterMs;
    if (at === undefined && !isDelayed) return orderingKey;
    throw new InvalidOptionsError(`Event '${event.getName()}'`, [
      `${at === undefined ? 'delay' : 'at'} and orderingKey exclude one another: ${OVERTAKEN}`,
    ]);
  }
}

/** What most deliveries are stored with. */
const NO_OPTIONS: StoreOptions = Object.freeze({});

function hasAny(options: CallOptions): boolean {
  for (const _ in options) return true;
  return false;
}

function resolveKey(option: string, key: DeliveryKey | undefined, event: IBaseEvent): string | undefined {
  const value: unknown = typeof key === 'function' ? key(event) : key;
  if (value === undefined || value === null) return undefined;
  if (isKeyText(value)) return value;
  throw new InvalidOptionsError(`Event '${event.getName()}'`, [
    `${option} must be ${KEY_TEXT}, or a function that returns one, or undefined for none; not ${describeNoKey(value)}`,
  ]);
}
