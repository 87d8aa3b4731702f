import { duration } from '../utils/duration.js';
import { type OptionRule, wholeNumber } from '../utils/option-rules.js';

/** Engines take an attempt for lost after a day; a minute of it is for what it waits in a process before it runs. */
const MAX_ATTEMPT_MS = 86_400_000 - 60_000;

/** The greatest whole number that databases hold in four bytes. */
const MAX_INTEGER = 2 ** 31 - 1;

/** How long one attempt may take. What is longer would be cut, and a delivery that is running would run twice. */
export const attemptDuration: OptionRule = duration(1, MAX_ATTEMPT_MS);

/** How often to try again. */
export const retryCount: OptionRule = wholeNumber(0, 1_000_000);

export const deliveryPriority: OptionRule = wholeNumber(-MAX_INTEGER, MAX_INTEGER);

/** A time that databases can hold. */
export const startDate: OptionRule = (value) => {
  const year = value instanceof Date ? value.getUTCFullYear() : NaN;
  return year >= 1 && year <= 9999 ? undefined : 'a valid Date of the years 1 to 9999';
};
