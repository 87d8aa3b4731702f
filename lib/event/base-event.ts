import type { DeliveryOptions } from './delivery-options.js';
import { readTime, uuidv7 } from './uuidv7.js';
import { getEventMetadata } from './event-metadata.js';
import type { IBaseEvent } from './event.interface.js';

/** @internal An event that arrives has the id and the time it was stored with. */
export const SET_ID = Symbol('nestjs-event-drivers:set-id');

/** @internal The time that it has by itself, whatever it overrides that with. */
export const OWN_TIMESTAMP = Symbol('nestjs-event-drivers:own-timestamp');

/** @internal Whether it has an id by now. */
export const HAS_ID = Symbol('nestjs-event-drivers:has-id');

/**
 * The base of your events: a payload, and what drivers need to know about it.
 *
 * An event may have work of its own in {@link BaseEvent.execute}; most have none and are heard by
 * listeners.
 *
 * @typeParam TPayload what the event carries
 *
 * @example
 * ```ts
 * class UserCreated extends BaseEvent<{ userId: string }> {}
 *
 * await eventService.dispatch(new UserCreated({ userId: '42' }));
 * ```
 */
export abstract class BaseEvent<TPayload = {} | null | void> implements IBaseEvent<TPayload> {
  #id?: string;
  #timestamp: number | undefined;

  constructor(protected readonly payload: TPayload) {}

  /**
   * A UUIDv7, made when it is first asked for. Override it to return what tells this event from others of its name:
   * a durable driver stores one event once.
   */
  getId(): string {
    return (this.#id ??= uuidv7((this.#timestamp ??= Date.now())));
  }

  /**
   * The time of this event, in milliseconds since 1970: when the time or the id was first asked for, which a durable driver
   * does as it stores it. What is delivered from a store has the time of its dispatch, at every attempt. Override it where
   * the payload has a better one.
   */
  getTimestamp(): number {
    return (this.#timestamp ??= (this.#id === undefined ? undefined : readTime(this.#id)) ?? Date.now());
  }

  /** The name given to `@Event()`, else the name of the class. */
  getName(): string {
    return getEventMetadata(this.constructor).name;
  }

  getPayload(): TPayload {
    return this.payload;
  }

  /** The driver given to `@Event()`, if any. Override it to choose one by the payload. */
  getDriverName(): string | undefined {
    return getEventMetadata(this.constructor).driver;
  }

  /** The queue given to `@Event()`, else `'default'`. */
  getQueueName(): string {
    return getEventMetadata(this.constructor).queue;
  }

  /** The delivery options given to `@Event()`, if any. Override it to choose them by the payload. */
  getDeliveryOptions(): DeliveryOptions | undefined {
    return getEventMetadata(this.constructor).delivery;
  }

  /** The event's own work, done before listeners are told. Nothing, unless overridden. */
  execute(_signal?: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  /** @internal */
  [HAS_ID](): boolean {
    // A Proxy of it has no fields to ask for.
    return !(#id in this) || this.#id !== undefined;
  }

  /** @internal */
  [OWN_TIMESTAMP](): number | undefined {
    return #timestamp in this ? BaseEvent.prototype.getTimestamp.call(this) : undefined;
  }

  /** @internal */
  [SET_ID](id: string, timestamp?: number): void {
    this.#id = id;
    this.#timestamp = timestamp;
  }
}
