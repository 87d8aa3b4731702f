import { type DeliveryOptions, pickDeliveryOptions } from './delivery-options.js';
import type { DriverName } from '../driver/driver-names.js';
import type { StandardSchemaV1 } from './standard-schema.js';

/** What `@Event()` takes. */
export interface EventOptions extends Omit<DeliveryOptions, 'queue'> {
  /**
   * The name that the event is known by: to listeners that name it, in logs and metrics, and in what
   * durable drivers store. Changing it orphans what is stored under the old one. A letter, `_` or `$`, then up
   * to 127 letters, digits, `_`, `$`, `-`, `.`, `:` and `/`.
   *
   * @defaultValue the name of the class
   */
  name?: string;

  /**
   * The driver that delivers it unless the listener or the dispatch names another.
   *
   * @defaultValue the `defaultDriver` of the configuration
   */
  driver?: DriverName;

  /**
   * The queue that durable drivers store it in.
   *
   * @defaultValue `'default'`
   */
  queue?: string;

  /**
   * The version of the payload's shape, a whole number from 1.
   *
   * @defaultValue 1
   */
  version?: number;

  /**
   * What the payload must be: a schema of Zod, Valibot, ArkType or any other library that keeps to
   * Standard Schema. A dispatch of a payload that does not fit is rejected; one that was stored before
   * the schema was changed is given up when it arrives. What the schema makes of the payload (defaults,
   * transformations) is what listeners get.
   *
   * @defaultValue none: any payload that can be stored
   */
  schema?: StandardSchemaV1;

  /**
   * Makes a payload of this version of one that was stored in an earlier one. Needed as soon as
   * `version` is more than 1, for what is still stored under the version before.
   *
   * @param payload what was stored
   * @param fromVersion the version it was stored in
   */
  upcast?: (payload: unknown, fromVersion: number) => unknown;
}

/** The options of an event class with the defaults filled in. */
export interface EventMetadata {
  readonly name: string;
  readonly driver: DriverName | undefined;
  readonly queue: string;
  readonly version: number;
  /** How it is to be delivered; `undefined` if nothing is said about that. */
  readonly delivery: DeliveryOptions | undefined;
  readonly schema: StandardSchemaV1 | undefined;
  readonly upcast: EventOptions['upcast'];
}

const OPTIONS = Symbol('nestjs-event-drivers:event-options');

const resolved = new WeakMap<object, EventMetadata>();

export function setEventOptions(eventClass: object, options: EventOptions): void {
  Object.defineProperty(eventClass, OPTIONS, { value: options });
}

/**
 * The metadata of an event class. A subclass inherits all of it but the name: two classes under one
 * name could not be told apart.
 */
export function getEventMetadata(eventClass: Function): EventMetadata {
  let metadata = resolved.get(eventClass);
  if (metadata === undefined) {
    metadata = resolve(eventClass);
    resolved.set(eventClass, metadata);
  }
  return metadata;
}

function resolve(eventClass: Function): EventMetadata {
  const own = optionsOf(eventClass, Object.hasOwn(eventClass, OPTIONS));
  const parent: unknown = Object.getPrototypeOf(eventClass);
  const inherited =
    typeof parent === 'function' && parent !== Function.prototype ? getEventMetadata(parent) : undefined;
  return Object.freeze({
    name: own?.name ?? eventClass.name,
    driver: own?.driver ?? inherited?.driver,
    queue: own?.queue ?? inherited?.queue ?? 'default',
    version: own?.version ?? inherited?.version ?? 1,
    delivery: mergeDelivery(inherited?.delivery, own),
    schema: own?.schema ?? inherited?.schema,
    upcast: own?.upcast ?? inherited?.upcast,
  });
}

function mergeDelivery(
  inherited: DeliveryOptions | undefined,
  own: EventOptions | undefined,
): DeliveryOptions | undefined {
  const { queue: _, ...delivery } = (own && pickDeliveryOptions(own)) ?? {};
  return inherited === undefined && Object.keys(delivery).length === 0
    ? undefined
    : Object.freeze({ ...inherited, ...delivery });
}

function optionsOf(eventClass: Function, isOwn: boolean): EventOptions | undefined {
  return isOwn ? (eventClass as { [OPTIONS]?: EventOptions })[OPTIONS] : undefined;
}
