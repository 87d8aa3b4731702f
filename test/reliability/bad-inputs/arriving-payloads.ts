import { nested } from './refused-payloads.js';

/** A payload that every store takes; what arrives is what was dispatched, or what is named here. */
export type ArrivingPayload = readonly [what: string, make: () => unknown, arrives?: () => unknown];

/** As many bytes as a payload may have, less the quotes. */
const MOST_TEXT = 1024 * 1024 - 2;

function once(): unknown {
  let reads = 0;
  return {
    get total() {
      return ++reads;
    },
  };
}

function sharing(): unknown {
  const shared = { a: 1 };
  return [shared, shared];
}

function withHidden(): unknown {
  return Object.defineProperties({ a: 1 }, { hidden: { value: () => 1 }, [Symbol('s')]: { value: 1 } });
}

// prettier-ignore
export const ARRIVING_PAYLOADS: readonly ArrivingPayload[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['text', () => 'zażółć 😀'],
  ['a number', () => 0.1 + 0.2],
  ['-0', () => ({ a: -0, list: [-0, 0] })],
  ['integers beyond 2^53, as the nearest double', () => [2 ** 53 + 2, 2 ** 60, -(2 ** 63), Number.MAX_VALUE, 5e-324]],
  ['an undefined field', () => ({ a: undefined, b: 1 })],
  ['an undefined slot', () => [1, undefined, 2]],
  ['a BigInt', () => ({ a: 10n, b: -(10n ** 300n) })],
  ['a Date', () => ({ at: new Date(86_400_000), first: new Date(-8.64e15), last: new Date(8.64e15) })],
  ['a Map and a Set', () => ({ map: new Map<unknown, unknown>([[1, 'a'], ['1', { b: 1n }], [new Date(5), new Set([1])]]), set: new Set([{ a: 1 }, { a: 1 }]) })],
  ['a URL', () => new URL('https://example.com/a?b=c#d')],
  ['types inside types', () => ({ a: [new Map([['k', { at: new Date(1), all: new Set([undefined, -0, 7n]) }]])] })],
  ['keys that look like paths', () => ({ 'a.b': new Date(1), a: { b: new Date(2) }, '\\': 1n, 'x\\.y': 2n, '': 3n })],
  ['keys that name methods', () => ({ toString: 1, hasOwnProperty: new Date(1), valueOf: null, length: undefined })],
  ['the text __proto__', () => ({ a: '__proto__', map: new Map([['__proto__', 1], ['constructor', 2]]) })],
  ['keys in another order', () => ({ b: 1, a: 2, 10: 3, 9: 4 })],
  ['control characters but NUL', () => '\u0001\b\t\n\r\u001b[31m\u007f\u2028\u2029\ufeff'],
  ['text that means something elsewhere', () => ["'; DROP TABLE job; --", '%s %d', '${a}', '{{a}}', '*', '\r\nDEL x', '<script>']],
  ['what names a type to superjson', () => ({ json: { a: 1 }, meta: { values: { a: ['Date'] } } })],
  ['a payload that looks stored', () => ({ event: 'other', listener: 'other', payload: 1, types: ['Date'] })],
  ['a frozen one', () => Object.freeze({ list: Object.freeze([1]) })],
  ['one without a prototype', () => Object.assign(Object.create(null) as object, { a: 1 }), () => ({ a: 1 })],
  ['a Proxy that lets all through', () => new Proxy({ list: new Proxy([1], {}) }, {}), () => ({ list: [1] })],
  ['a getter, which is read once', once, () => ({ total: 1 })],
  ['one object in several places', sharing, () => [{ a: 1 }, { a: 1 }]],
  ['what is not enumerable, left out', withHidden, () => ({ a: 1 })],
  ['64 levels', () => nested(64)],
  ['as many bytes as it may have', () => 'x'.repeat(MOST_TEXT)],
];
