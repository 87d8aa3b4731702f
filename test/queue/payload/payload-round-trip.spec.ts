import { runInNewContext } from 'node:vm';
import { jest } from '@jest/globals';
import { PayloadSerializer } from '../../../lib/queue/payload/payload-serializer.js';

const serializer = await PayloadSerializer.create();

/** Through what a store keeps, which is text. */
function roundTrip(payload: unknown): unknown {
  const stored = JSON.parse(JSON.stringify(serializer.pack(payload))) as {
    payload: unknown;
    types?: unknown;
  };
  return serializer.unpack(stored.payload, stored.types);
}

describe('a payload that is packed and unpacked', () => {
  it.each([
    ['text', 'zażółć 😀'],
    ['a number', 1.5],
    ['negative zero', -0],
    ['an integer beyond 2^53', 2 ** 60],
    ['true', true],
    ['null', null],
    ['undefined', undefined],
    ['an empty object', {}],
    ['an empty array', []],
    ['an undefined field', { a: undefined, b: 1 }],
    ['an undefined slot', [1, undefined, 2]],
    ['a Date', new Date(86_400_000)],
    ['a Map with keys of all kinds', new Map<unknown, unknown>([[1, 'a'], ['1', 'b'], [new Date(5), { c: 1n }], [1n, new Set([1])]])], // prettier-ignore
    ['a Set of objects', new Set([{ a: 1 }, { a: 1 }])],
    ['a BigInt', 123456789012345678901234567890n],
    ['a URL', new URL('https://example.com/a?b=c#d')],
    ['types inside types', { a: [new Map([['k', { at: new Date(1), all: new Set([undefined, -0, 7n]) }]])] }],
    [
      'keys that look like paths',
      { 'a.b': new Date(1), a: { b: new Date(2) }, '\\': 1n, 'x\\.y': 2n, '': 3n },
    ],
    ['names of methods', { toString: 1n, hasOwnProperty: new Date(1), length: undefined }],
  ])('is what it was: %s', (_, payload) => {
    expect(roundTrip(payload)).toStrictEqual(payload);
  });

  it('is stored as it is, without a word about types, where JSON says it all', () => {
    const payload = { id: '1', list: [1, { on: true, off: null }] };
    expect(serializer.pack(payload)).toStrictEqual({ payload });
  });

  it('is a copy: what happens to it afterwards is not seen on either side', () => {
    const payload = { list: [{ a: 1 }], at: new Date(1), tags: new Map([['k', new Set(['a'])]]) };
    const packed = serializer.pack(payload);
    const stored = structuredClone(packed);
    payload.list[0]!.a = 2;
    payload.list.push({ a: 3 });
    payload.at.setTime(5);
    payload.tags.get('k')!.add('b');
    expect(packed).toStrictEqual(stored);

    const unpacked = serializer.unpack(packed.payload, packed.types) as typeof payload;
    unpacked.list.length = 0;
    unpacked.at.setTime(9);
    expect(packed).toStrictEqual(stored);
    const plain = { list: [1] };
    (serializer.unpack(plain, undefined) as typeof plain).list.push(2);
    expect(plain).toEqual({ list: [1] });
  });

  it('may come from another realm, or have no prototype', () => {
    const foreign: unknown = runInNewContext(
      '({ at: new Date(5), tags: new Map([["k", new Set([1n])]]), list: [{ a: 1 }], nothing: Object.create(null) })',
    );
    expect(roundTrip(foreign)).toStrictEqual({
      at: new Date(5),
      tags: new Map([['k', new Set([1n])]]),
      list: [{ a: 1 }],
      nothing: {},
    });
  });

  it('may hold one object in several places, each of which gets its own', () => {
    const shared = { a: 1 };
    const [first, second] = roundTrip([shared, shared]) as [object, object];
    expect([first, second]).toEqual([shared, shared]);
    expect(first).not.toBe(second);
  });

  it('may hold a Date that was made while the clock was faked', () => {
    jest.useFakeTimers({ now: 5000 });
    const faked = new Date();
    expect(roundTrip({ faked })).toEqual({ faked });
    jest.useRealTimers();
    expect(roundTrip({ faked })).toEqual({ faked: new Date(5000) });
  });

  it('is read once, getters included', () => {
    let reads = 0;
    const payload = {
      get total() {
        return ++reads;
      },
    };
    expect(serializer.pack(payload)).toEqual({ payload: { total: 1 } });
    expect(reads).toBe(1);
  });

  it('is not what the application taught superjson to make of it', async () => {
    const { SuperJSON } = await import('superjson');
    SuperJSON.registerCustom<Map<unknown, unknown>, string>(
      { isApplicable: (value): value is Map<unknown, unknown> => value instanceof Map, serialize: () => 'x', deserialize: () => new Map() }, // prettier-ignore
      'mine',
    );
    expect(roundTrip(new Map([[1, 2]]))).toEqual(new Map([[1, 2]]));
  });

  it('leaves out what is not enumerable', () => {
    const payload = Object.defineProperties(
      { a: 1 },
      { hidden: { value: () => 1 }, [Symbol('s')]: { value: 1 } },
    );
    expect(serializer.pack(payload)).toStrictEqual({ payload: { a: 1 } });
  });
});
