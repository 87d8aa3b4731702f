import { InvalidPayloadError } from 'nestjs-event-drivers';
import { PayloadSerializer } from '../../../lib/queue/payload/payload-serializer.js';
import {
  nested,
  OVERSIZED_PAYLOADS,
  REFUSED_PAYLOADS,
  type RefusedPayload,
  UNREADABLE_PAYLOADS,
} from '../../reliability/bad-inputs/refused-payloads.js';

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

function shared(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level++) value = [value, value];
  return value;
}

describe('a payload that cannot be stored', () => {
  it.each(REFUSED_PAYLOADS)('is refused with its place and a remedy: %s', (_, make, path, reason) => {
    const error = refusal(make());
    expect(error).toMatchObject({ code: 'EVENTS_INVALID_PAYLOAD', eventName: 'order.placed', path });
    expect(error.reason).toContain(reason);
    expect(error.message).toBe(
      `The payload of event 'order.placed' cannot be dispatched: ${path}: ${error.reason}`,
    );
  });

  it('is not one of 64 levels', () => {
    expect(serializer.pack(nested(64))).toEqual({ payload: nested(64) });
  });

  it.each(UNREADABLE_PAYLOADS)('is refused with what it threw: %s', (_, make, path, reason) => {
    const error = refusal(make());
    expect(error).toMatchObject({ path, reason });
    expect(error.cause).toMatchObject({ name: 'TypeError' });
  });

  it('is refused where it cannot even be looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal({ a: proxy }).path).toBe('payload.a');
  });

  it.each<RefusedPayload>([
    ...OVERSIZED_PAYLOADS,
    [
      'a hundred thousand Dates',
      () => Array.from({ length: 100_000 }, () => new Date(0)),
      undefined,
      'pass a reference to it',
    ],
    ['2^60 references to one object', () => shared(60), undefined, 'pass a reference to it'],
  ])('is refused for its size before it takes long: %s', (_, make, __, reason) => {
    const payload = make();
    const before = performance.now();
    expect(refusal(payload).reason).toContain(reason);
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
