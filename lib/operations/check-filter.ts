import { inspect } from 'node:util';
import type { FailedFilter } from '../driver/driver-operations.js';
import { InvalidOptionsError } from '../errors/index.js';
import {
  anyOf,
  callback,
  checkOptions,
  listOf,
  type OptionRule,
  text,
  wholeNumber,
} from '../utils/option-rules.js';
import type { ProgressOptions } from './queue-controls.js';

const validDate: OptionRule = (value) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : 'a valid Date';

const count = anyOf('a whole number from 0, or Infinity', wholeNumber(0), (value) =>
  value === Infinity ? undefined : 'Infinity',
);

const FILTER_RULES: Readonly<Record<keyof FailedFilter, OptionRule>> = {
  ids: listOf(text),
  driver: text,
  queue: text,
  event: text,
  listener: text,
  before: validDate,
};

const PROGRESS_RULES: Readonly<Record<keyof ProgressOptions, OptionRule>> = {
  limit: count,
  onProgress: callback,
};

/**
 * Checks which of what was given up is meant. What narrows nothing although it was meant to, a misspelt criterion or
 * one whose value is `undefined`, would mean everything.
 *
 * @throws {@link InvalidOptionsError}
 */
export function checkFilter(filter: unknown): asserts filter is FailedFilter {
  const problems = checkOptions(filter, FILTER_RULES);
  for (const [name, value] of Object.entries(filter ?? {})) {
    if (value === undefined && Object.hasOwn(FILTER_RULES, name)) {
      problems.push(`${name} is there, but undefined: leave it out where any will do`);
    }
  }
  if (problems.length > 0) throw new InvalidOptionsError('The filter', problems);
}

/** @throws {@link InvalidOptionsError} */
export function checkProgress(options: unknown): asserts options is ProgressOptions {
  const problems = checkOptions(options, PROGRESS_RULES);
  if (problems.length > 0) throw new InvalidOptionsError('The options', problems);
}

/** @throws {@link InvalidOptionsError} if so many cannot be listed */
export function checkLimit(limit: unknown): asserts limit is number {
  const expected = count(limit);
  if (expected === undefined) return;
  throw new InvalidOptionsError('EventQueues', [
    `the limit must be ${expected}, not ${inspect(limit, { depth: 0 })}`,
  ]);
}
