import { InvalidListenerError } from '../errors/index.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import type { DeliveryTransaction } from '../queue/worker-creator.js';
import type { EventPattern } from './event-pattern.js';
import { addSubscription } from './listener-metadata.js';
import type { ListenerOptions } from './listener-options.js';

/** The events that a pattern stands for: those of a class, or, for a name, whichever have it. */
export type EventOf<TPattern> =
  TPattern extends EventClass<infer TEvent>
    ? TEvent
    : TPattern extends readonly (infer TItem)[]
      ? EventOf<TItem>
      : // oxlint-disable-next-line typescript/no-explicit-any -- a name says nothing; the method's own type does
        any;

/**
 * A method that can listen to an event. The signal is there where a driver limits the time, the transaction
 * where the listener is `transactional`.
 */
export type ListenerMethod<TEvent> = (
  event: TEvent,
  signal: AbortSignal | undefined,
  transaction: DeliveryTransaction,
) => unknown;

/** Decorates a method that takes the event. */
export type ListenerMethodDecorator<TEvent> = <TMethod extends ListenerMethod<TEvent>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<TMethod>,
) => void;

/**
 * Makes a method of a provider or controller listen to events: to a class and its subclasses, to a
 * name, to a pattern (`*` stands for one segment of a name, `**` for any number), or to a list of
 * these. May be repeated on one method.
 *
 * @throws {@link InvalidListenerError} if the event or an option makes no sense
 *
 * @example
 * ```ts
 * @OnEvent(UserCreated, { driver: 'retry' })
 * async sendWelcomeMail(event: UserCreated, signal?: AbortSignal): Promise<void> {}
 * ```
 */
export function OnEvent<const TPattern extends EventPattern | readonly EventPattern[]>(
  event: TPattern,
  options?: ListenerOptions<EventOf<TPattern> & IBaseEvent>,
): ListenerMethodDecorator<EventOf<TPattern>> {
  return (target, key, descriptor) => {
    const isStatic = typeof target === 'function';
    const label = `${(isStatic ? target : target.constructor).name}.${String(key)}`;
    const method: unknown = descriptor?.value;
    if (isStatic || typeof method !== 'function') {
      throw new InvalidListenerError(label, '@OnEvent() goes on a method of an instance');
    }
    addSubscription(method, label, event, options);
  };
}
