import type { DriverName } from '../driver/driver-names.js';

/** What `@Event()` takes. */
export interface EventOptions {
  /**
   * The name that the event is known by: to listeners that name it, in logs and metrics, and in what
   * durable drivers store. Changing it orphans what is stored under the old one.
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
}

/** The options of an event class with the defaults filled in. */
export interface EventMetadata {
  readonly name: string;
  readonly driver: DriverName | undefined;
  readonly queue: string;
  readonly version: number;
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
  });
}

function optionsOf(eventClass: Function, isOwn: boolean): EventOptions | undefined {
  return isOwn ? (eventClass as { [OPTIONS]?: EventOptions })[OPTIONS] : undefined;
}
