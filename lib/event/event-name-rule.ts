import type { OptionRule } from '../utils/option-rules.js';

const NAME = /^(?!__)[A-Za-z_$][\w$.:/-]{0,127}$/;

/** What the name of an event may be, so that stores, logs and patterns take it for one. */
export const EVENT_NAME = `a letter, '_' or '$', then up to 127 letters, digits, '_', '$', '-', '.', ':' and '/'`;

export function isEventName(name: string): boolean {
  return NAME.test(name);
}

export const eventName: OptionRule = (value) =>
  typeof value === 'string' && isEventName(value) ? undefined : EVENT_NAME;
