import * as fc from 'fast-check';

class Order {
  id = 1;
}

function refuse(): never {
  throw new TypeError('from the trap');
}

function makeCycle(): unknown {
  const cycle: Record<string, unknown> = { list: [] };
  (cycle['list'] as unknown[]).push(new Map([['back', cycle]]));
  return cycle;
}

function makeRevoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** By what they are called in the message of what has failed. */
const MAKERS: Readonly<Record<string, () => unknown>> = {
  'half a surrogate pair': () => '\ud800',
  'the other half of a surrogate pair': () => 'x\udc00y',
  NUL: () => 'a\0',
  NaN: () => NaN,
  Infinity: () => -Infinity,
  'a symbol': () => Symbol('s'),
  'a function': () => refuse,
  'a class': () => Order,
  'a RegExp': () => /a/u,
  'an invalid Date': () => new Date(NaN),
  'a Promise': () => Promise.resolve(),
  'a WeakMap': () => new WeakMap(),
  'an Error': () => new RangeError('x'),
  'an instance': () => new Order(),
  'an instance of a Map of its own': () => new (class extends Map<unknown, unknown> {})(),
  'an instance of an array of its own': () => new (class extends Array<unknown> {})(),
  'an instance of a Date of its own': () => new (class Day extends Date {})(),
  'an object of an object': () => Object.create({ a: 1 }),
  'an object that says it is a URL': () => Object.create(URL.prototype),
  'a boxed string': () => new String('a'),
  'a boxed BigInt': () => Object(1n),
  'a Buffer': () => Buffer.from('a'),
  'a typed array': () => new Float64Array(2),
  'an ArrayBuffer': () => new ArrayBuffer(1),
  'the global object': () => globalThis,
  'an array with a hole': () => Array(2),
  'a key that is a symbol': () => ({ [Symbol('s')]: 1 }),
  'a Set with a property': () => Object.assign(new Set(), { a: 1 }),
  'a toJSON()': () => ({ toJSON: () => 1 }),
  'a getter that throws': () => Object.defineProperty({}, 'a', { get: refuse, enumerable: true }),
  'a getter that returns what is unfit': () => Object.defineProperty({}, 'a', { get: () => NaN, enumerable: true }), // prettier-ignore
  'a cycle': makeCycle,
  'the key __proto__': () => Object.fromEntries([['__proto__', 1]]),
  'the key constructor': () => ({ constructor: 1 }),
  'the key prototype': () => ({ prototype: 1 }),
  'a Proxy that was revoked': makeRevoked,
  'a Proxy of a function': () => new Proxy(refuse, {}),
  'a Proxy of a Date': () => new Proxy(new Date(0), {}),
  'a Proxy of a Map': () => new Proxy(new Map(), {}),
  'a Proxy whose values throw': () => new Proxy({ a: 1 }, { get: refuse }),
  'a Proxy whose keys throw': () => new Proxy({}, { ownKeys: refuse }),
  'a Proxy whose prototype throws': () => new Proxy([], { getPrototypeOf: refuse }),
};

/** Stands for a value that cannot be stored, which fast-check could not look at, nor print. */
class Unfit {
  constructor(private readonly name: string) {}

  make(): unknown {
    return MAKERS[this.name]!();
  }

  [fc.toStringMethod](): string {
    return `<${this.name}>`;
  }
}

/** What cannot be stored, wherever in a payload it is; {@link realize} makes it. */
export const unfit: fc.Arbitrary<unknown> = fc.constantFrom(
  ...Object.keys(MAKERS).map((name) => new Unfit(name)),
);

/** A value with all that is unfit instead of what stands for it. */
export function realize(value: unknown): unknown {
  if (value instanceof Unfit) return value.make();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(realize);
  if (value instanceof Map) return new Map(realize([...value]) as [unknown, unknown][]);
  if (value instanceof Set) return new Set(realize([...value]) as unknown[]);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, realize(inner)]);
  return Object.setPrototypeOf(Object.fromEntries(entries), prototype);
}
