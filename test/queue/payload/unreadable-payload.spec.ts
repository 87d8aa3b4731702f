import { UnreadablePayloadError } from 'nestjs-event-drivers';
import { PayloadSerializer } from '../../../lib/queue/payload/payload-serializer.js';

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
});
