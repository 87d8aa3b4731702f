import type { DeliveryOptions } from './delivery-options.js';

/**
 * Something that has happened, or that is to be done: what drivers deliver.
 *
 * {@link BaseEvent} implements it; so does a delivery to a listener, so that a driver need not know
 * the difference.
 */
export interface IBaseEvent<TPayload = unknown> {
  /** The name it is registered, logged and counted under. */
  getName(): string;

  /** What it carries. */
  getPayload(): TPayload;

  /**
   * Does the work.
   *
   * @param signal aborted when whoever waits has given up, for example because a `TimeoutDriver`'s
   *   time has run out. Absent where nobody would abort it.
   */
  execute(signal?: AbortSignal): Promise<void>;

  /** Tells one event from another of its kind; the same however often it is asked for. */
  getId?(): string | undefined;

  /** The driver that this event asks for; `undefined` leaves it to the configuration. */
  getDriverName?(): string | undefined;

  /** The queue that durable drivers store it in. */
  getQueueName?(): string;

  /** How it is to be delivered, as far as a driver can; see `DeliveryOptions`. */
  getDeliveryOptions?(): DeliveryOptions | undefined;

  /** Where this is the delivery of an event to one listener: that listener's id. */
  getListenerId?(): string | undefined;
}

/** A class of events. Its constructor may take anything. */
export type EventClass<TEvent extends IBaseEvent = IBaseEvent> = abstract new (...args: never[]) => TEvent;
