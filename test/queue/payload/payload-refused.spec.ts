import { InvalidPayloadError } from 'nestjs-event-drivers';
import { PayloadSerializer } from '../../../lib/queue/payload/payload-serializer.js';

const serializer = await PayloadSerializer.create();

function refusal(payload: unknown, packer = serializer): InvalidPayloadError {
  try {
    packer.pack(payload, 'order.placed');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidPayloadError);
    return error as InvalidPayloadError;
  }
  throw new Error('it was not refused');
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { in: value };
  return value;
}

const shared = (depth: number): unknown => {
  let value: unknown = {};
  for (let level = 0; level < depth; level++) value = [value, value];
  return value;
};

const throwing = (): never => {
  throw new TypeError('broken');
};

const endless: unknown[] = [];
endless.length = 2 ** 32 - 1;

class Order {
  id = 1;
}
class Tags extends Map<string, string> {}
class List extends Array<number> {}
class ZonedDate extends Date {}

const cycle: Record<string, unknown> = { list: [] };
(cycle['list'] as unknown[]).push({ back: cycle['list'] });
const mapCycle = new Map<string, unknown>();
mapCycle.set('self', mapCycle);

describe('a payload that cannot be stored', () => {
  // prettier-ignore
  it.each<[string, unknown, path: string, reason: string]>([
    ['a function', { a: [() => 1] }, 'payload.a[0]', 'a function cannot be stored; pass data'],
    ['a symbol', { a: Symbol('s') }, 'payload.a', 'a symbol cannot be stored; pass a string'],
    ['a key that is a symbol', { a: { [Symbol('s')]: 1 } }, 'payload.a["Symbol(s)"]', 'use a string'],
    ['a Promise', { a: Promise.resolve(1) }, 'payload.a', 'await it before you dispatch'],
    ['a WeakMap', { a: new WeakMap() }, 'payload.a', 'an instance of WeakMap cannot be stored'],
    ['an Error', { items: [1, 2, 3, { note: new RangeError('x') }] }, 'payload.items[3].note', 'an Error cannot be stored; pass what matters'],
    ['a RegExp', /a/, 'payload', 'pass its source and flags'],
    ['an instance', { order: new Order() }, 'payload.order', 'an instance of Order cannot be stored'],
    ['an instance of a Map of one\'s own', { tags: new Tags() }, 'payload.tags', 'an instance of Tags'],
    ['an instance of an array of one\'s own', { list: new List() }, 'payload.list', 'an instance of List'],
    ['an instance of a Date of one\'s own', { at: new ZonedDate() }, 'payload.at', 'an instance of ZonedDate'],
    ['an instance without a class', Object.create({ a: 1 }), 'payload', 'an instance of'],
    ['a Map with fields', Object.assign(new Map(), { a: 1 }), 'payload', 'an instance of Map'],
    ['a boxed primitive', { a: new String('a') }, 'payload.a', 'a String object cannot be stored; pass the primitive'],
    ['a Buffer', { file: Buffer.from('a') }, 'payload.file', 'binary data (Buffer) cannot be stored; pass it as a base64 string'],
    ['a typed array', { file: new Float32Array(1) }, 'payload.file', 'binary data (Float32Array)'],
    ['an ArrayBuffer', { file: new ArrayBuffer(1) }, 'payload.file', 'binary data (ArrayBuffer)'],
    ['NaN', { 'a key': NaN }, 'payload["a key"]', 'NaN cannot be stored; pass null'],
    ['Infinity', { a: -Infinity }, 'payload.a', '-Infinity cannot be stored'],
    ['a hole in an array', { a: [1, , 2] }, 'payload.a[1]', 'there is a hole in the array'], // oxlint-disable-line no-sparse-arrays
    ['an array of any length', { a: endless }, 'payload.a', 'the payload is larger than 1048576 bytes'],
    ['an invalid Date', { at: new Date(NaN) }, 'payload.at', 'an invalid Date'],
    ['half a surrogate pair', { a: 'x\ud800' }, 'payload.a', 'half a surrogate pair'],
    ['half a surrogate pair in a key', { '\udc00': 1 }, 'payload["\\udc00"]', 'half a surrogate pair'],
    ['half a surrogate pair in a Map', { m: new Map([['a', '\ud800']]) }, 'payload.m[0].value', 'half a surrogate pair'],
    ['NUL', { a: 'x\0y' }, 'payload.a', 'text with a NUL character cannot be stored'],
    ['NUL in a key', { 'x\0': 1 }, 'payload["x\\u0000"]', 'text with a NUL character'],
    ['NUL in the key of a Map', new Map([['a', 1], ['\0', 1]]), 'payload[1].key', 'text with a NUL character'],
    ['NUL in a Set', { s: new Set(['a', '\0']) }, 'payload.s[1]', 'text with a NUL character'],
    ['the key __proto__', JSON.parse('{"a":{"__proto__":{"polluted":1}}}'), 'payload.a.__proto__', 'rename it'],
    ['the key constructor', { constructor: 1 }, 'payload.constructor', 'rename it'],
    ['the key prototype', { prototype: 1 }, 'payload.prototype', 'rename it'],
    ['an own toJSON()', { toJSON: throwing }, 'payload.toJSON', 'a function cannot be stored'],
    ['a cycle', { cycle }, 'payload.cycle.list[0].back', 'it refers back to payload.cycle.list'],
    ['a cycle through a Map', { mapCycle }, 'payload.mapCycle[0].value', 'it refers back to payload.mapCycle'],
    ['65 levels', nested(65), 'payload.in.in.in.in.in.in.in.in … .in.in.in.in', 'more than 64 levels deep'],
    ['20,000 levels', nested(20_000), 'payload.in.in.in.in.in.in.in.in … .in.in.in.in', 'more than 64 levels deep'],
  ])('is refused with its place and a remedy: %s', (_, payload, path, reason) => {
    const error = refusal(payload);
    expect(error).toMatchObject({ code: 'EVENTS_INVALID_PAYLOAD', eventName: 'order.placed', path });
    expect(error.reason).toContain(reason);
    expect(error.message).toBe(
      `The payload of event 'order.placed' cannot be dispatched: ${path}: ${error.reason}`,
    );
  });

  it('is not one of 64 levels', () => {
    expect(serializer.pack(nested(64))).toEqual({ payload: nested(64) });
  });

  // prettier-ignore
  it.each<[string, unknown, path: string]>([
    ['a getter', { a: { get b() { return throwing(); } } }, 'payload.a.b'],
    ['the trap for keys', { a: new Proxy({}, { ownKeys: throwing }) }, 'payload.a'],
    ['the trap for values', { a: new Proxy({ b: 1 }, { get: throwing }) }, 'payload.a.b'],
    ['the trap for the prototype', { a: new Proxy({}, { getPrototypeOf: throwing }) }, 'payload.a'],
    ['a fake of a URL', { a: Object.create(URL.prototype) }, 'payload.a'],
  ])('is refused with what it threw: %s', (_, payload, path) => {
    const error = refusal(payload);
    expect(error).toMatchObject({ path, reason: 'it cannot be read: a getter or the trap of a Proxy threw' });
    expect(error.cause).toMatchObject({ name: 'TypeError' });
  });

  it('is refused where it cannot even be looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal({ a: proxy }).path).toBe('payload.a');
  });

  // prettier-ignore
  it.each<[string, () => unknown]>([
    ['10 MB of text', () => ({ a: 'x'.repeat(10_000_000) })],
    ['a million numbers', () => Array.from({ length: 1_000_000 }, (_, index) => index)],
    ['a hundred thousand keys', () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index]))],
    ['a hundred thousand Dates', () => Array.from({ length: 100_000 }, () => new Date(0))],
    ['2^60 references to one object', () => shared(60)],
    ['a BigInt of megabytes', () => 1n << 30_000_000n],
  ])('is refused for its size before it takes long: %s', (_, make) => {
    const payload = make();
    const before = performance.now();
    expect(refusal(payload).reason).toContain('store what is large elsewhere and pass a reference to it');
    // Measured at 1 to 140 ms; without the bound, some of them take for ever. A busy machine takes its time.
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('is measured in bytes of JSON, to the byte', async () => {
    const contents = ['x'.repeat(90), 'ż'.repeat(45), '\u0001'.repeat(15), '"'.repeat(45), '😀'.repeat(22)];
    for (const text of contents) {
      const bytes = Buffer.byteLength(JSON.stringify({ text }));
      const exact = await PayloadSerializer.create({ maxPayloadBytes: bytes });
      expect(exact.pack({ text })).toEqual({ payload: { text } });
      const tooSmall = await PayloadSerializer.create({ maxPayloadBytes: bytes - 1 });
      expect(refusal({ text }, tooSmall).reason).toContain(
        `larger than ${bytes - 1} bytes (maxPayloadBytes)`,
      );
    }
  });

  it('is measured with what is stored about its types', async () => {
    const payload = { at: new Date(0), tags: new Map([['a', new Set([1n])]]), nothing: undefined };
    const { payload: json, types } = serializer.pack(payload);
    const bytes = JSON.stringify(json).length + JSON.stringify(types).length;
    const exact = await PayloadSerializer.create({ maxPayloadBytes: bytes });
    expect(exact.pack(payload)).toEqual({ payload: json, types });
    refusal(payload, await PayloadSerializer.create({ maxPayloadBytes: bytes - 1 }));
  });
});
