import { inspect } from 'node:util';

/** Says what a value must be, if it is not that. */
export type OptionRule = (value: unknown) => string | undefined;

/** Node fires a timer that is longer than this at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const rule =
  (expected: string, accepts: (value: unknown) => boolean): OptionRule =>
  (value) =>
    accepts(value) ? undefined : expected;

export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): OptionRule =>
  rule(
    `a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  );

export const milliseconds = (min = 0): OptionRule =>
  rule(
    `a number of milliseconds from ${min} to ${MAX_TIMER_MS}`,
    (value) => typeof value === 'number' && value >= min && value <= MAX_TIMER_MS,
  );

export const flag: OptionRule = rule('true or false', (value) => typeof value === 'boolean');

export const callback: OptionRule = rule('a function', (value) => typeof value === 'function');

export const text: OptionRule = rule(
  'a non-empty string',
  (value) => typeof value === 'string' && value.trim() !== '',
);

export const oneOf = (...values: readonly unknown[]): OptionRule =>
  rule(`one of ${values.map((value) => inspect(value)).join(', ')}`, (value) => values.includes(value));

export const anyOf = (expected: string, ...rules: readonly OptionRule[]): OptionRule =>
  rule(expected, (value) => rules.some((accepts) => accepts(value) === undefined));

export const listOf = (item: OptionRule, min = 0): OptionRule =>
  rule(
    `a list of at least ${min}, each ${item(undefined) ?? 'anything'}`,
    (value) =>
      Array.isArray(value) && value.length >= min && value.every((element) => item(element) === undefined),
  );

export const objectWith = (...methods: readonly string[]): OptionRule =>
  rule(
    `an object with ${methods.map((method) => `${method}()`).join(', ')}`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
  );

export const standardSchema: OptionRule = rule(
  'a Standard Schema, such as one of Zod, Valibot or ArkType',
  (value) => {
    // Those of some libraries are functions.
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
    const standard = (value as Record<string, unknown>)['~standard'];
    return objectWith('validate')(standard) === undefined;
  },
);

/**
 * Checks options against the rules of a driver: each option that is there must keep its rule, each
 * required one must be there, and there must be no others (a misspelt option would otherwise be
 * ignored without a word).
 *
 * @returns a sentence for each problem, naming the option, its value and what it must be
 */
export function checkOptions(
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
  required: readonly string[] = [],
  path = '',
): string[] {
  if (options === undefined) return checkOptions({}, rules, required, path);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [`${path || 'options'} must be an object, not ${inspect(options, { depth: 0 })}`];
  }
  const problems: string[] = [];
  const given = options as Record<string, unknown>;
  const prefix = path === '' ? '' : `${path}.`;
  for (const key of required) {
    if (given[key] === undefined)
      problems.push(`${prefix}${key} is missing; it must be ${rules[key]?.(undefined)}`);
  }
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, key)) {
      problems.push(`'${prefix}${key}' is no option; there are ${Object.keys(rules).join(', ') || 'none'}`);
    } else if (value !== undefined) {
      const expected = rules[key]!(value);
      if (expected !== undefined) {
        problems.push(`${prefix}${key} must be ${expected}, not ${inspect(value, { depth: 0 })}`);
      }
    }
  }
  return problems;
}
