import * as fc from 'fast-check';

/** The ways that lead somewhere in {@link json}, and those that lead out of it. */
const STEPS = [
  'a',
  'b',
  '0',
  '1',
  '',
  '__proto__',
  'constructor',
  'prototype',
  'polluted',
  'toString',
  'length',
];
const LEAVES = [
  null,
  1,
  true,
  '-0',
  'x',
  '12',
  '/a/',
  '2026-01-01T00:00:00.000Z',
  'urn:a:b',
  [['polluted', 1]],
];
const TYPES = ['map', 'set', 'Date', 'undefined', 'bigint', 'URL', 'number', 'Error', 'regexp', ['class', 'Object'], ['custom', 'x'], ['symbol', 'x'], 7, null]; // prettier-ignore

const step = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...STEPS) },
  { weight: 1, arbitrary: fc.string() },
);

/** What `JSON.parse()` may give, which sets no prototype by the name of one. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: fc.constantFrom(...LEAVES) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    { weight: 3, arbitrary: tie('list') },
    { weight: 4, arbitrary: tie('object') },
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.array(fc.tuple(step, tie('value')), { maxLength: 3 }).map(Object.fromEntries),
})).value;

/** Annotations as this library writes them, or nearly so, or not at all. */
export const annotations: fc.Arbitrary<unknown> = fc.letrec((tie) => {
  const way = fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => steps.join('.'));
  return {
    any: fc.oneof(tie('annotation'), tie('children'), tie('children'), json),
    children: fc
      .array(fc.tuple(way, tie('annotation')), { minLength: 1, maxLength: 2 })
      .map(Object.fromEntries),
    annotation: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...TYPES).map((type) => [type]),
      fc.tuple(fc.constantFrom(...TYPES), tie('children')),
    ),
  };
}).any;

const PROTOTYPES: ReadonlySet<unknown> = new Set(
  [Object, Array, Map, Set, Date, URL].map(({ prototype }) => prototype as unknown),
);

/** Whether there is nothing in a value but what a payload may be made of. */
export function isAllowed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null)
    return typeof value !== 'function' && typeof value !== 'symbol';
  if (!PROTOTYPES.has(Object.getPrototypeOf(value))) return false;
  if (value instanceof Map) return isAllowed([...value]);
  return (value instanceof Set ? [...value] : Object.values(value)).every(isAllowed);
}
