import { EventDispatchException, UnrecoverableError } from 'nestjs-event-drivers';
import { toStoredError } from '../../../lib/queue/payload/stored-error.js';

const throwing = (): never => {
  throw new Error('trap');
};

const named = (): void => undefined;

const cyclic: Record<string, unknown> = { amount: 10n };
cyclic['self'] = cyclic;

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

const withCode = (code: unknown): Error => Object.assign(new Error('x'), { code });

describe('what was thrown is stored as text', () => {
  // prettier-ignore
  it.each<[string, unknown, name: string, message: string | RegExp]>([
    ['an error', new RangeError('broken'), 'RangeError', 'broken'],
    ['an error of this library', new UnrecoverableError('declined'), 'UnrecoverableError', 'declined'],
    ['an error without a message', new TypeError(), 'TypeError', 'TypeError'],
    ['undefined', undefined, 'undefined', 'undefined'],
    ['null', null, 'null', 'null'],
    ['text', 'broken', 'string', 'broken'],
    ['a number', 7, 'number', '7'],
    ['a BigInt', 7n, 'bigint', '7n'],
    ['a symbol', Symbol('s'), 'symbol', 'Symbol(s)'],
    ['a function', named, 'function', '[Function: named]'],
    ['an object without a message', { a: 1 }, 'object', '{ a: 1 }'],
    ['a message that is no text', { message: { a: 1 } }, 'object', /a: 1/],
    ['a cycle with a BigInt', cyclic, 'object', /amount: 10n/],
    ['a getter that throws', { get message() { return throwing(); } }, 'object', 'a value that cannot be read'],
    ['a Proxy whose traps throw', new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing }), 'object', 'a value that cannot be read'],
    ['a Proxy that is revoked', revoked, 'object', /./],
    ['NUL', new Error('a\0b'), 'Error', 'a b'],
    ['half a surrogate pair', new Error('a\ud800b'), 'Error', 'a\ufffdb'],
    ['several lines', new Error('a\r\nb'), 'Error', 'a b'],
    ['an error of several', new EventDispatchException('x', [{ listenerId: 'A', error: new Error('b') }, { listenerId: 'C', error: 'd' }]), 'EventDispatchException', "2 deliveries of event 'x' failed: A (b), C (d)"],
    ['several without a message', new AggregateError([new Error('connect ::1'), 'connect 127.0.0.1']), 'AggregateError', 'AggregateError: connect ::1; connect 127.0.0.1'],
    ['errors that cannot be listed', { errors: new Proxy([], { get: throwing }) }, 'object', /./],
    ['names and codes of the wrong kind', { name: 7, code: {}, message: 'x' }, 'object', 'x'],
  ])('%s', (_, thrown, name, message) => {
    const stored = toStoredError(thrown);
    expect(stored.name).toBe(name);
    expect(stored.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    for (const [key, text] of Object.entries(stored) as [string, string][]) {
      expect(['name', 'message', 'stack', 'code']).toContain(key);
      expect(typeof text).toBe('string');
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain('\0');
    }
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
  });

  it('with its stack, lines and all, and with its code', () => {
    const error = Object.assign(new Error('a\0b\ud800'), { code: 'ECONNREFUSED' });
    expect(toStoredError(error)).toEqual({
      name: 'Error',
      message: 'a b\ufffd',
      stack: error.stack!.replace('\0', '\ufffd').replace('\ud800', '\ufffd'),
      code: 'ECONNREFUSED',
    });
    expect(toStoredError(withCode(7)).code).toBe('7');
    expect(toStoredError(withCode({}))).not.toHaveProperty('code');
    expect(toStoredError('x')).not.toHaveProperty('stack');
  });

  it('of limited length, with room for the calls of the stack', () => {
    const error = new Error('x'.repeat(5_000_000));
    const before = performance.now();
    const { message, stack } = toStoredError(
      Object.assign(error, { code: 'c'.repeat(500), name: 'n'.repeat(500) }),
    );
    expect(performance.now() - before).toBeLessThan(1000);
    expect(message).toBe(`${'x'.repeat(4095)}…`);
    expect(stack!.length).toBeLessThanOrEqual(16_384);
    expect(stack).toContain('stored-error.spec.ts');
    expect(toStoredError(error)).toMatchObject({ name: `${'n'.repeat(127)}…`, code: `${'c'.repeat(127)}…` });
    expect(toStoredError(Object.assign(new Error(), { stack: 's'.repeat(20_000) })).stack).toHaveLength(
      16_384,
    );
  });

  it('and is not cut in the middle of a character', () => {
    expect(toStoredError(new Error(`${'x'.repeat(4094)}😀😀`)).message).toBe(`${'x'.repeat(4094)}…`);
  });
});
