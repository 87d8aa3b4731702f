import { inspect } from 'node:util';
import { InvalidEventError } from '../errors/index.js';
import { EVENT_NAME, isEventName } from '../event/event-name-rule.js';
import type { EventRegistry } from '../event/event.registry.js';
import type { PlanKey } from './create-plan.js';

/**
 * What is stored of an event is its name and its payload: on arrival it is made of the class that is registered under
 * the name. An event that would be another one then must not be stored, for what is lost of it is lost without a word.
 *
 * @throws {@link InvalidEventError} for such an event
 */
export function assertStorable(
  { eventClass, name, work }: Pick<PlanKey, 'eventClass' | 'name' | 'work'>,
  events: EventRegistry,
  isOwnWorkStored: boolean,
): void {
  const registered = events.get(name);
  const problem = !isEventName(name)
    ? `its name must be ${EVENT_NAME}. Give its class another: @Event({ name: '...' })`
    : (eventClass as Function) === Object
      ? `it is a plain object, and an event of its class could not be made on arrival. Extend BaseEvent and dispatch ` +
        `an instance of that`
      : registered !== undefined && registered !== eventClass
        ? `it is of class ${eventClass.name}, but the class that is registered under its name is ${registered.name}, ` +
          `which it would be on arrival. Give ${eventClass.name} a name of its own: @Event({ name: '...' })`
        : isOwnWorkStored && work === 'instance'
          ? `its execute() is its own and not that of its class ${eventClass.name}, so that it would not be there on ` +
            `arrival. Make it a method of the class`
          : undefined;
  if (problem !== undefined)
    throw new InvalidEventError(eventClass, `Event ${describe(name)} cannot be stored: ${problem}.`);
}

function describe(name: string): string {
  return inspect(name, { maxStringLength: 128 });
}
