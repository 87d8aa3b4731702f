import { type OptionRule, text } from '../utils/option-rules.js';
import { type Duration, duration } from '../utils/duration.js';
import { attemptDuration, deliveryPriority, retryCount } from './delivery-limits.js';
import type { IBaseEvent } from './event.interface.js';
import { isKeyText, KEY_TEXT } from './key-text.js';

/** A key of at most 255 characters, or what makes one of the event; `undefined` for none. */
export type DeliveryKey<TEvent extends IBaseEvent = IBaseEvent> = string | KeyFunctions<TEvent>['key'];

/** As a method, so that `@Event()`, which is written before its class is, takes a function of that class. */
interface KeyFunctions<TEvent extends IBaseEvent> {
  key(event: TEvent): string | undefined;
}

/**
 * How a delivery is to be made, as far as its driver can: set on the event (`@Event()`), on the
 * listener (`@OnEvent()`), or for one dispatch, the later winning over the earlier. A driver that cannot
 * honour one of them refuses it, at start-up or at the dispatch.
 */
export interface DeliveryOptions<TEvent extends IBaseEvent = IBaseEvent> {
  /** Not before this much time has passed. A number is milliseconds. */
  delay?: Duration;

  /**
   * Higher first, among what is waiting in one queue.
   *
   * @defaultValue the driver's `priority`
   */
  priority?: number;

  /**
   * How often to try again after the first attempt.
   *
   * @defaultValue the driver's `retries`
   */
  retries?: number;

  /**
   * How long one attempt may take before it is aborted and counts as failed. A number is milliseconds; a minute less
   * than a day at most.
   */
  expireIn?: Duration;

  /**
   * The queue to store it in; one of those that the driver knows.
   *
   * @defaultValue the event's `getQueueName()`
   */
  queue?: string;

  /** Deliveries of one group share the driver's `groupConcurrency`. */
  group?: DeliveryKey<TEvent>;

  /** Deliveries with one key run one after another, in the order they were stored. Not with `delay` or `at`. */
  orderingKey?: DeliveryKey<TEvent>;

  /**
   * Two deliveries to one listener with one key are one: the second is not stored, as long as there is a
   * record of the first.
   *
   * @defaultValue the event's `getId()`
   */
  idempotencyKey?: DeliveryKey<TEvent>;
}

export type DeliveryOptionName = keyof DeliveryOptions;

const key: OptionRule = (value) =>
  isKeyText(value) || typeof value === 'function'
    ? undefined
    : `${KEY_TEXT}, or a function of the event that returns one`;

/** Why what is delayed has no ordering key. */
export const OVERTAKEN =
  'what is delayed would be overtaken by those of its key that are stored after it. Leave one of them out, or delay ' +
  "all alike by the driver's runAfterSeconds";

/** The same rules wherever they can be set. */
export const DELIVERY_OPTION_RULES: Readonly<Record<DeliveryOptionName, OptionRule>> = {
  delay: duration(),
  priority: deliveryPriority,
  retries: retryCount,
  expireIn: attemptDuration,
  queue: text,
  group: key,
  orderingKey: key,
  idempotencyKey: key,
};

export const DELIVERY_OPTION_NAMES = Object.keys(DELIVERY_OPTION_RULES) as DeliveryOptionName[];

/** Only the delivery options among other options; `undefined` if there are none. */
export function pickDeliveryOptions(options: object): DeliveryOptions | undefined {
  let picked: Record<string, unknown> | undefined;
  for (const name of DELIVERY_OPTION_NAMES) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) (picked ??= {})[name] = value;
  }
  return picked;
}
