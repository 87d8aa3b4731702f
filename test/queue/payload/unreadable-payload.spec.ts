import { UnreadablePayloadError } from 'nestjs-event-drivers';
import { PayloadSerializer } from '../../../lib/queue/payload/payload-serializer.js';
import { createRandom, randomPayload } from '../../support/random-payload.js';

const serializer = await PayloadSerializer.create();

const parse = (json: string): unknown => JSON.parse(json);

describe('what is stored as a payload', () => {
  // prettier-ignore
  it.each<[string, payload: unknown, types: unknown, path: string]>([
    ['a class', { a: {} }, { a: [['class', 'Order']] }, 'payload.a'],
    ['a custom type', { a: 'x' }, { a: [['custom', 'mine']] }, 'payload.a'],
    ['a symbol', { a: 'x' }, { a: [['symbol', 'x']] }, 'payload.a'],
    ['a typed array', { a: [1] }, { a: [['typed-array', 'Uint8Array']] }, 'payload.a'],
    ['an Error', { a: { message: 'x' } }, { a: ['Error'] }, 'payload.a'],
    ['a RegExp', { a: '/(a+)+$/' }, { a: ['regexp'] }, 'payload.a'],
    ['an unknown type', { a: 'x' }, { a: ['Function'] }, 'payload.a'],
    ['a type that every object has', { a: 'x' }, { a: ['toString'] }, 'payload.a'],
    ['NaN', { a: 'NaN' }, { a: ['number'] }, 'payload.a'],
    ['a Date that is none', { a: 'x' }, { a: ['Date'] }, 'payload.a'],
    ['a Date of a number', { a: 1 }, { a: ['Date'] }, 'payload.a'],
    ['a BigInt that is none', { a: '0x1f' }, { a: ['bigint'] }, 'payload.a'],
    ['a URL that is none', { a: 'x' }, { a: ['URL'] }, 'payload.a'],
    ['a Map of no entries', { a: [1] }, { a: ['map'] }, 'payload.a'],
    ['a Set of text', { a: 'abc' }, { a: ['set'] }, 'payload.a'],
    ['undefined for something', { a: 1 }, { a: ['undefined'] }, 'payload.a'],
    ['a way to a prototype', { a: {} }, { '__proto__.x': ['undefined'] }, 'payload.__proto__.x'],
    ['a way to a prototype by name', { a: {} }, parse('{"__proto__":["map"]}'), 'payload.__proto__'],
    ['a way to a constructor', { a: {} }, { 'a.constructor.prototype.x': ['undefined'] }, 'payload.a.constructor.prototype.x'],
    ['a way beyond all prototypes', { a: {} }, { 'a.__proto__.__proto__': ['undefined'] }, 'payload.a.__proto__.__proto__'],
    ['a way to a method', { a: {} }, { 'a.toString': ['undefined'] }, 'payload.a.toString'],
    ['a way to nowhere', { a: {} }, { 'a.b': ['undefined'] }, 'payload.a.b'],
    ['a way through text', { a: 'x' }, { 'a.length': ['undefined'] }, 'payload.a.length'],
    ['a way to the length of an array', { a: [] }, { 'a.length': ['undefined'] }, 'payload.a.length'],
    ['a way with a stray backslash', { a: null }, { '\\a': ['undefined'] }, 'payload["\\\\a"]'],
    ['a way into what has been changed', { a: [['k', null]] }, { 'a': ['map'], 'a.0.1': ['undefined'] }, 'payload'],
    ['a Map\'s entry', { a: [[[], 1]] }, { a: ['map', { '0': ['set'] }] }, 'payload.a[0]'],
    ['inner types that are none', { a: [] }, { a: ['set', 'x'] }, 'payload.a'],
    ['inner types that are a list', { a: [] }, { a: ['set', []] }, 'payload.a'],
    ['more than there is', { a: [] }, { a: ['set', {}, {}] }, 'payload.a'],
    ['nested where they are flat', { a: { b: null } }, { a: { b: ['undefined'] } }, 'payload.a'],
    ['text', {}, 'map', 'payload'],
    ['a number', {}, 1, 'payload'],
    ['referential equalities', { a: {} }, { values: {}, referentialEqualities: { a: ['b'] } }, 'payload.values'],
  ])('is refused with annotations that this library does not write: %s', (_, payload, types, path) => {
    let thrown: unknown;
    try {
      serializer.unpack(payload, types, 'order.placed');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UnreadablePayloadError);
    expect(thrown).toMatchObject({
      code: 'EVENTS_UNREADABLE_PAYLOAD',
      eventName: 'order.placed',
      issue: { path, reason: 'what is stored about its type is not what this library writes' },
    });
  });

  it.each([
    ['the key __proto__', parse('{"a":{"__proto__":{"polluted":1}}}'), 'payload.a.__proto__'],
    ['20,000 levels', parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`), 'payload[0]'],
  ])('is refused with %s', (_, payload, path) => {
    const read = () => serializer.unpack(payload, undefined);
    expect(read).toThrow(UnreadablePayloadError);
    expect(read).toThrow(`The stored payload of an event cannot be read: ${path}`);
  });

  it('reaches no prototype and makes nothing but what it may, whatever is written in it by hand', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);
    const random = createRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const steps = [
      '__proto__',
      'constructor',
      'prototype',
      'polluted',
      'a',
      '0',
      '1',
      '',
      'toString',
      'length',
    ];
    const kinds = ['map', 'set', 'Date', 'undefined', 'bigint', 'URL', 'number', 'Error', 'regexp', ['class', 'Object'], ['custom', 'x']]; // prettier-ignore
    const object = (depth: number): unknown => {
      if (depth === 0) return pick<unknown>([null, 1, '-0', 'x', '/a/', [['polluted', 1]], [], {}]);
      if (random() < 0.3) return [object(depth - 1), object(depth - 1)];
      return parse(`{${JSON.stringify(pick(steps))}:${JSON.stringify(object(depth - 1))}}`);
    };
    const annotations = (depth: number): unknown => {
      const way = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(steps)).join('.');
      const inner = depth === 0 ? [pick(kinds)] : [pick(kinds), annotations(depth - 1)];
      return random() < 0.2 ? inner : parse(`{${JSON.stringify(way)}:${JSON.stringify(inner)}}`);
    };
    const before = Reflect.ownKeys(Object.prototype);
    let read = 0;
    for (let round = 0; round < 10_000; round++) {
      try {
        assertAllowed(serializer.unpack(object(3), random() < 0.2 ? undefined : annotations(2)));
        read++;
      } catch (error) {
        if (!(error instanceof UnreadablePayloadError)) {
          throw new Error(`round ${round} of SEED=${seed}`, { cause: error });
        }
      }
    }
    expect(read).toBeGreaterThan(100);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
  });

  it('is given back or refused, and nothing else, if its annotations belong to another payload', () => {
    const random = createRandom(7);
    for (let round = 0; round < 5000; round++) {
      const [mine, other] = [serializer.pack(randomPayload(random)), serializer.pack(randomPayload(random))];
      try {
        assertAllowed(serializer.unpack(mine.payload, other.types));
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadablePayloadError);
      }
    }
  });
});

function assertAllowed(value: unknown): void {
  if (typeof value === 'function' || typeof value === 'symbol') throw new Error('code came out');
  if (typeof value !== 'object' || value === null) return;
  const allowed: unknown[] = [Object, Array, Map, Set, Date, URL].map(
    ({ prototype }) => prototype as unknown,
  );
  if (!allowed.includes(Object.getPrototypeOf(value))) throw new Error('an object of another class came out');
  const inner =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  inner.forEach(assertAllowed);
}
