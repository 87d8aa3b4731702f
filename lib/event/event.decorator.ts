import { inspect } from 'node:util';
import { InvalidEventConfigError } from '../errors/index.js';
import type { EventClass } from './event.interface.js';
import { type EventOptions, setEventOptions } from './event-metadata.js';

/**
 * Names an event class and sets how it is delivered. A method that the class overrides
 * (`getName()`, `getDriverName()`, `getQueueName()`) wins over what is given here.
 *
 * @throws {@link InvalidEventConfigError} for an option of the wrong kind
 *
 * @example
 * ```ts
 * @Event({ name: 'user.created', driver: 'retry' })
 * class UserCreated extends BaseEvent<{ userId: string }> {}
 * ```
 */
export function Event(options: EventOptions = {}): (eventClass: EventClass) => void {
  return (eventClass) => {
    const problems = findProblems(options).map((problem) => `@Event() of ${eventClass.name}: ${problem}`);
    if (problems.length > 0) throw new InvalidEventConfigError(problems);
    setEventOptions(eventClass, { ...options });
  };
}

function findProblems({ name, driver, queue, version, ...unknown }: EventOptions): string[] {
  const problems: string[] = [];
  for (const [key, value] of Object.entries({ name, driver, queue })) {
    if (value !== undefined && (typeof value !== 'string' || value.trim() === '')) {
      problems.push(`${key} must be a non-empty string, not ${inspect(value)}`);
    }
  }
  if (version !== undefined && !(Number.isSafeInteger(version) && version >= 1)) {
    problems.push(`version must be a whole number from 1, not ${inspect(version)}`);
  }
  for (const key of Object.keys(unknown)) {
    problems.push(`'${key}' is no option; there are name, driver, queue and version`);
  }
  return problems;
}
