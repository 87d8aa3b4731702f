import {
  callback,
  checkOptions,
  type OptionRule,
  standardSchema,
  text,
  wholeNumber,
} from '../utils/option-rules.js';
import { InvalidEventConfigError } from '../errors/index.js';
import { DELIVERY_OPTION_RULES } from './delivery-options.js';
import type { EventClass } from './event.interface.js';
import { eventName } from './event-name-rule.js';
import { type EventOptions, setEventOptions } from './event-metadata.js';

const OPTION_RULES: Readonly<Record<keyof EventOptions, OptionRule>> = {
  name: eventName,
  driver: text,
  version: wholeNumber(1),
  ...DELIVERY_OPTION_RULES,
  schema: standardSchema,
  upcast: callback,
};

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
    const problems = checkOptions(options, OPTION_RULES).map(
      (problem) => `@Event() of ${eventClass.name}: ${problem}`,
    );
    if (problems.length > 0) throw new InvalidEventConfigError(problems);
    setEventOptions(eventClass, { ...options });
  };
}
