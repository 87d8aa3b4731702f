import * as fc from 'fast-check';
import { unfit } from './unfit.js';

/** Among them what could be taken for a path, for a number, or for what every object has. */
const ODD_KEYS = ['', 'a', 'b.c', '\\', 'x\\.y', '.', '0', '1.0', 'ключ', '😀', 'toString', 'length', 'key', "it's", ' ']; // prettier-ignore
const ODD_TEXTS = ['undefined', '2026-01-01T00:00:00.000Z', '-0', '12n', '\\d', '\n\t\u0001\u2028'];
const ODD_URLS = [
  'mailto:a@b.c',
  'data:,a%20b',
  'urn:a:b',
  'file:///a/../b',
  'https://user:p%40ss@[::1]:81/',
];
const REFUSED_KEYS = ['__proto__', 'constructor', 'prototype'];

const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((chosen) => chosen.replaceAll('\0', '')),
  fc.constantFrom(...ODD_TEXTS),
);

export const key = fc
  .oneof(fc.constantFrom(...ODD_KEYS), text)
  .filter((chosen) => !REFUSED_KEYS.includes(chosen));

const leaf = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(-0, 2 ** 60, null, undefined, true, false),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.constantFrom(...ODD_URLS)).map((url) => new URL(url)), // prettier-ignore
);

/** Any payload that can be stored. */
export const storable: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    tie('list'),
    tie('set'),
    tie('map'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  set: fc.array(tie('value'), { maxLength: 4 }).map((values) => new Set(values)),
  map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
})).value;

/** Something inside of what is fit, and the way to it. */
interface Wrapped {
  readonly payload: unknown;
  readonly path: readonly PropertyKey[];
}

/** One more level around something, with siblings before it. */
type Wrap = (inner: Wrapped) => Wrapped;

const wrap: fc.Arbitrary<Wrap> = fc.oneof(
  fc
    .tuple(key, fc.dictionary(key, storable, { maxKeys: 2 }))
    .map(([name, others]): Wrap => ({ payload, path }) => ({
      payload: { ...others, [name]: payload },
      path: [name, ...path],
    })),
  fc.array(storable, { maxLength: 2 }).map((others): Wrap => ({ payload, path }) => ({
    payload: [...others, payload],
    path: [others.length, ...path],
  })),
  fc.uniqueArray(fc.integer(), { maxLength: 2 }).map((others): Wrap => ({ payload, path }) => ({
    payload: new Set([...others, payload]),
    path: [others.length, ...path],
  })),
  fc.array(storable, { maxLength: 2 }).map((others): Wrap => ({ payload, path }) => ({
    payload: new Map([...others.entries(), [payload, 1]]),
    path: [others.length, 'key', ...path],
  })),
  fc.array(storable, { maxLength: 2 }).map((others): Wrap => ({ payload, path }) => ({
    payload: new Map<unknown, unknown>([...others.entries(), ['k', payload]]),
    path: [others.length, 'value', ...path],
  })),
);

/** Something at any place of something that can be stored. */
export function wrapped(something: fc.Arbitrary<unknown>): fc.Arbitrary<Wrapped> {
  return fc
    .tuple(something, fc.array(wrap, { maxLength: 5 }))
    .map(([payload, wraps]) => wraps.reduce((inner, wrap) => wrap(inner), { payload, path: [] } as Wrapped));
}

/** Whatever a program can hold, fit or not; `realize()` makes it. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
  key: fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }),
  values: [
    leaf,
    storable,
    unfit,
    fc.string({ unit: 'binary' }),
    storable.map((value) => new Proxy({ value }, {})),
  ],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

/** Whether one value is what the other is, except for the order of keys and for what has no prototype. */
export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null) return Object.is(one, other);
  if (typeof other !== 'object' || other === null || one === other) return false;
  if (one instanceof Date) return other instanceof Date && one.getTime() === other.getTime();
  if (one instanceof URL) return other instanceof URL && one.href === other.href;
  if (one instanceof Map) return other instanceof Map && isSame([...one], [...other]);
  if (one instanceof Set) return other instanceof Set && isSame([...one], [...other]);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Reflect.ownKeys(one), new Set(Reflect.ownKeys(other))];
  return keys.length === others.size && keys.every((key) => others.has(key) && isSame(Reflect.get(one, key), Reflect.get(other, key))); // prettier-ignore
}
