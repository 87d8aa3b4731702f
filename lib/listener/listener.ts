import { type DeliveryOptions, pickDeliveryOptions } from '../event/delivery-options.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import { InvalidListenerError } from '../errors/index.js';
import { type EventPattern, matchesPattern } from './event-pattern.js';
import type { Subscription } from './listener-metadata.js';

/** Calls the listener's method, on whichever instance is the right one for the event. */
export type ListenerInvoker = (event: IBaseEvent, signal?: AbortSignal, transaction?: unknown) => unknown;

/** A method that listens, as it was found in the application. */
export interface Listener {
  readonly id: string;
  /** The class that it is a method of. */
  readonly owner: Function;
  /** Where it was found: class and method, and the module. */
  readonly label: string;
  readonly subscriptions: readonly Subscription[];
  readonly invoke: ListenerInvoker;
}

/** A listener as it hears one kind of event. */
export interface MatchedListener {
  readonly id: string;
  readonly order: number;
  readonly driver: string | undefined;
  readonly patterns: readonly EventPattern[];
  /** How deliveries to it are to be made; `undefined` leaves that to the event and the driver. */
  readonly delivery: DeliveryOptions | undefined;
  /** Whether it runs in a transaction that also completes the delivery. */
  readonly isTransactional: boolean;
  readonly accepts: ((event: IBaseEvent) => boolean) | undefined;
  readonly invoke: ListenerInvoker;
}

/** The event classes that listeners name. */
export function getHeardClasses(listeners: readonly Listener[]): EventClass[] {
  return listeners
    .flatMap(({ subscriptions }) => subscriptions.flatMap(({ patterns }) => patterns))
    .filter((pattern) => typeof pattern === 'function');
}

/** The listeners that hear an event, in the order they are to be told. Each is there once. */
export function matchListeners(
  listeners: readonly Listener[],
  eventClass: Function,
  eventName: string,
): readonly MatchedListener[] {
  return listeners
    .flatMap((listener) => {
      const subscription = listener.subscriptions.find(({ patterns }) =>
        patterns.some((pattern) => matchesPattern(pattern, eventClass, eventName)),
      );
      return subscription === undefined ? [] : [toMatched(listener, subscription)];
    })
    .toSorted((a, b) => a.order - b.order);
}

function toMatched({ id, invoke }: Listener, { patterns, options }: Subscription): MatchedListener {
  const { order = 0, driver, when } = options;
  return {
    id,
    order,
    driver,
    patterns,
    delivery: pickDeliveryOptions(options),
    isTransactional: options.transactional === true,
    accepts: when === undefined ? undefined : toPredicate(id, when as (event: IBaseEvent) => unknown),
    invoke,
  };
}

/** A promise would count as yes, whatever it resolves to. */
function toPredicate(id: string, when: (event: IBaseEvent) => unknown): (event: IBaseEvent) => boolean {
  return (event) => {
    const answer = when(event);
    if (typeof answer === 'object' && answer !== null && 'then' in answer) {
      throw new InvalidListenerError(id, 'when() must answer at once, but returned a promise');
    }
    return Boolean(answer);
  };
}
