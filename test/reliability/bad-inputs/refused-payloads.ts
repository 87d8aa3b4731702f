/** A payload that no driver stores, with the place and the reason that the error gives. */
export type RefusedPayload = readonly [
  what: string,
  make: () => unknown,
  /** Where it is noticed; `undefined` where that depends. */
  path: string | undefined,
  reason: string,
];

export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { in: value };
  return value;
}

function throwing(): never {
  throw new TypeError('broken');
}

function endless(): unknown[] {
  const list: unknown[] = [];
  list.length = 2 ** 32 - 1;
  return list;
}

function cycle(): unknown {
  const cycle: Record<string, unknown> = { list: [] };
  (cycle['list'] as unknown[]).push({ back: cycle['list'] });
  return { cycle };
}

function mapCycle(): unknown {
  const mapCycle = new Map<string, unknown>();
  mapCycle.set('self', mapCycle);
  return { mapCycle };
}

class Order {
  id = 1;
}
class Tags extends Map<string, string> {}
class List extends Array<number> {}
class ZonedDate extends Date {}

// prettier-ignore
export const REFUSED_PAYLOADS: readonly RefusedPayload[] = [
  ['a function', () => ({ a: [() => 1] }), 'payload.a[0]', 'a function cannot be stored; pass data'],
  ['a symbol', () => ({ a: Symbol('s') }), 'payload.a', 'a symbol cannot be stored; pass a string'],
  ['a key that is a symbol', () => ({ a: { [Symbol('s')]: 1 } }), 'payload.a["Symbol(s)"]', 'use a string'],
  ['a Promise', () => ({ a: Promise.resolve(1) }), 'payload.a', 'await it before you dispatch'],
  ['a WeakMap', () => ({ a: new WeakMap() }), 'payload.a', 'an instance of WeakMap cannot be stored'],
  ['an Error', () => ({ items: [1, 2, 3, { note: new RangeError('x') }] }), 'payload.items[3].note', 'an Error cannot be stored; pass what matters'],
  ['a RegExp', () => /a/, 'payload', 'pass its source and flags'],
  ['an instance', () => ({ order: new Order() }), 'payload.order', 'an instance of Order cannot be stored'],
  ['an instance of a Map of one\'s own', () => ({ tags: new Tags() }), 'payload.tags', 'an instance of Tags'],
  ['an instance of an array of one\'s own', () => ({ list: new List() }), 'payload.list', 'an instance of List'],
  ['an instance of a Date of one\'s own', () => ({ at: new ZonedDate() }), 'payload.at', 'an instance of ZonedDate'],
  ['an instance without a class', () => Object.create({ a: 1 }), 'payload', 'an instance of'],
  ['a Map with fields', () => Object.assign(new Map(), { a: 1 }), 'payload', 'an instance of Map'],
  ['a boxed text', () => ({ a: new String('a') }), 'payload.a', 'a String object cannot be stored; pass the primitive'],
  ['a boxed number', () => ({ a: new Number(1) }), 'payload.a', 'a Number object cannot be stored; pass the primitive'],
  ['a boxed bigint', () => ({ a: Object(1n) as unknown }), 'payload.a', 'a BigInt object cannot be stored; pass the primitive'],
  ['a Buffer', () => ({ file: Buffer.from('a') }), 'payload.file', 'binary data (Buffer) cannot be stored; pass it as a base64 string'],
  ['a Uint8Array', () => new Uint8Array(2), 'payload', 'binary data (Uint8Array)'],
  ['a typed array', () => ({ file: new Float32Array(1) }), 'payload.file', 'binary data (Float32Array)'],
  ['an ArrayBuffer', () => ({ file: new ArrayBuffer(1) }), 'payload.file', 'binary data (ArrayBuffer)'],
  ['NaN', () => ({ 'a key': NaN }), 'payload["a key"]', 'NaN cannot be stored; pass null'],
  ['Infinity', () => [Infinity], 'payload[0]', 'Infinity cannot be stored'],
  ['-Infinity', () => ({ a: -Infinity }), 'payload.a', '-Infinity cannot be stored'],
  ['a hole in an array', () => ({ a: [1, , 2] }), 'payload.a[1]', 'there is a hole in the array'], // oxlint-disable-line no-sparse-arrays
  ['an array of any length', () => ({ a: endless() }), 'payload.a', 'the payload is larger than 1048576 bytes'],
  ['an invalid Date', () => ({ at: new Date(NaN) }), 'payload.at', 'an invalid Date'],
  ['half a surrogate pair', () => ({ a: 'x\ud800' }), 'payload.a', 'half a surrogate pair'],
  ['half a surrogate pair in a key', () => ({ '\udc00': 1 }), 'payload["\\udc00"]', 'half a surrogate pair'],
  ['half a surrogate pair in a Map', () => ({ m: new Map([['a', '\ud800']]) }), 'payload.m[0].value', 'half a surrogate pair'],
  ['NUL', () => ({ a: 'x\0y' }), 'payload.a', 'text with a NUL character cannot be stored'],
  ['NUL in a key', () => ({ 'x\0': 1 }), 'payload["x\\u0000"]', 'text with a NUL character'],
  ['NUL in the key of a Map', () => new Map([['a', 1], ['\0', 1]]), 'payload[1].key', 'text with a NUL character'],
  ['NUL in a Set', () => ({ s: new Set(['a', '\0']) }), 'payload.s[1]', 'text with a NUL character'],
  ['the key __proto__', () => JSON.parse('{"a":{"__proto__":{"polluted":1}}}'), 'payload.a.__proto__', 'rename it'],
  ['the key constructor', () => ({ constructor: 1 }), 'payload.constructor', 'rename it'],
  ['the key prototype', () => ({ prototype: 1 }), 'payload.prototype', 'rename it'],
  ['an own toJSON()', () => ({ toJSON: throwing }), 'payload.toJSON', 'a function cannot be stored'],
  ['a cycle', cycle, 'payload.cycle.list[0].back', 'it refers back to payload.cycle.list'],
  ['a cycle through a Map', mapCycle, 'payload.mapCycle[0].value', 'it refers back to payload.mapCycle'],
  ['65 levels', () => nested(65), 'payload.in.in.in.in.in.in.in.in … .in.in.in.in', 'more than 64 levels deep'],
  ['20,000 levels', () => nested(20_000), 'payload.in.in.in.in.in.in.in.in … .in.in.in.in', 'more than 64 levels deep'],
];

const UNREADABLE = 'it cannot be read: a getter or the trap of a Proxy threw';

/** What throws a `TypeError` as soon as it is looked at; that is the cause of the refusal. */
// prettier-ignore
export const UNREADABLE_PAYLOADS: readonly RefusedPayload[] = [
  ['a getter', () => ({ a: { get b() { return throwing(); } } }), 'payload.a.b', UNREADABLE],
  ['the trap for keys', () => ({ a: new Proxy({}, { ownKeys: throwing }) }), 'payload.a', UNREADABLE],
  ['the trap for values', () => ({ a: new Proxy({ b: 1 }, { get: throwing }) }), 'payload.a.b', UNREADABLE],
  ['the trap for the prototype', () => ({ a: new Proxy({}, { getPrototypeOf: throwing }) }), 'payload.a', UNREADABLE],
  ['a fake of a URL', () => ({ a: Object.create(URL.prototype) as unknown }), 'payload.a', UNREADABLE],
];

const TOO_LARGE = 'store what is large elsewhere and pass a reference to it';

/** What is refused for its size, before it takes long. */
// prettier-ignore
export const OVERSIZED_PAYLOADS: readonly RefusedPayload[] = [
  ['10 MB of text', () => ({ a: 'x'.repeat(10_000_000) }), 'payload.a', TOO_LARGE],
  ['a million numbers', () => Array.from({ length: 1_000_000 }, (_, index) => index), undefined, TOO_LARGE],
  ['a hundred thousand keys', () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 'a short text'])), undefined, TOO_LARGE],
  ['a BigInt of megabytes', () => 1n << 30_000_000n, 'payload', TOO_LARGE],
  ['a byte more than it may have', () => 'x'.repeat(1024 * 1024 - 1), 'payload', TOO_LARGE],
];
