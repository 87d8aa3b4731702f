import type { Type } from '@nestjs/common';
import { InvalidListenerError } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import type { EventPattern } from './event-pattern.js';
import { addSubscription } from './listener-metadata.js';
import type { ListenerOptions } from './listener-options.js';
import type { EventOf, ListenerMethod } from './on-event.decorator.js';

/** The method that an {@link EventListener} class is called by. */
export const HANDLE = 'handle';

/** What a class decorated with {@link EventListener} has. */
export interface IEventListener<TEvent> {
  handle: ListenerMethod<TEvent>;
}

/**
 * Makes a provider listen to events with its method `handle(event)`. Its id is the name of the class,
 * unless one is given. Otherwise as `@OnEvent()`.
 *
 * @throws {@link InvalidListenerError} if the event or an option makes no sense
 *
 * @example
 * ```ts
 * @EventListener(UserCreated, { driver: 'retry' })
 * class SendWelcomeMail {
 *   async handle(event: UserCreated): Promise<void> {}
 * }
 * ```
 */
export function EventListener<const TPattern extends EventPattern | readonly EventPattern[]>(
  event: TPattern,
  options?: ListenerOptions<EventOf<TPattern> & IBaseEvent>,
): (target: Type<IEventListener<EventOf<TPattern>>>) => void {
  return (target) => {
    const prototype = target.prototype as Partial<IEventListener<unknown>>;
    if (typeof prototype[HANDLE] !== 'function') {
      throw new InvalidListenerError(target.name, '@EventListener() needs a method handle(event)');
    }
    addSubscription(target, target.name, event, options);
  };
}
