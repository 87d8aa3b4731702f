import { inspect } from 'node:util';
import { InvalidEventError } from '../errors/index.js';
import { EVENT_NAME, isEventName } from '../event/event-name-rule.js';
import type { EventClass } from '../event/event.interface.js';
import type { EventRegistry } from '../event/event.registry.js';
import type { PlanKey } from './create-plan.js';

type Kind = Pick<PlanKey, 'eventClass' | 'name' | 'work'>;

/**
 * What is stored of an event is its name and its payload: on arrival it is made of the class that is registered under
 * the name. An event that would be another one then must not be stored, for what is lost of it is lost without a word.
 *
 * @throws {@link InvalidEventError} for such an event
 */
export function assertStorable(kind: Kind, events: EventRegistry, isOwnWorkStored: boolean): void {
  const { eventClass, name } = kind;
  const problem = findProblem(kind, events.get(name), isOwnWorkStored);
  if (problem === undefined) return;
  const shown = inspect(name, { maxStringLength: 128 });
  throw new InvalidEventError(eventClass, `Event ${shown} cannot be stored: ${problem}.`);
}

function findProblem(
  { eventClass, name, work }: Kind,
  registered: EventClass | undefined,
  isOwnWorkStored: boolean,
): string | undefined {
  if (!isEventName(name)) {
    return `its name must be ${EVENT_NAME}. Give its class another: @Event({ name: '...' })`;
  }
  if ((eventClass as Function) === Object) {
    return (
      'it is a plain object, and an event of its class could not be made on arrival. Extend BaseEvent and dispatch ' +
      'an instance of that'
    );
  }
  if (registered !== undefined && registered !== eventClass) {
    return (
      `it is of class ${eventClass.name}, but another class, ${registered.name}, is registered under its name: it ` +
      `would be one of that on arrival. Give ${eventClass.name} a name of its own: @Event({ name: '...' })`
    );
  }
  if (isOwnWorkStored && work === 'instance') {
    return (
      `its execute() is its own and not that of its class ${eventClass.name}, so that it would not be there on ` +
      'arrival. Make it a method of the class'
    );
  }
  return undefined;
}
