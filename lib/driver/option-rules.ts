import { duration } from '../utils/duration.js';
import {
  anyOf,
  callback,
  flag,
  listOf,
  milliseconds,
  objectWith,
  oneOf,
  text,
  wholeNumber,
} from '../utils/option-rules.js';

/**
 * What options of drivers may be, for `checkOptions()`. Each is, or makes, a function that says what a value must be if
 * it is not that.
 */
export const optionRules = Object.freeze({
  /** `true` or `false`. */
  flag,
  /** A string with something in it; also the name of a driver. */
  text,
  /** A function. */
  callback,
  /** A whole number, from a least to a greatest. */
  wholeNumber,
  /** Milliseconds that a timer can wait. */
  milliseconds,
  /** Milliseconds, or a time such as `'5m'`. */
  duration,
  /** One of some values. */
  oneOf,
  /** What keeps one of some rules. */
  anyOf,
  /** An array whose items all keep a rule. */
  listOf,
  /** An object that has some methods. */
  objectWith,
});
