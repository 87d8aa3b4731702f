import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, OnEvent } from 'nestjs-event-drivers';

function refuse(): never {
  throw new Error('from the trap');
}

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

class BadError extends Error {
  override get message(): string {
    return refuse();
  }
}

const TRAPS: ProxyHandler<object> = { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse };

/** What a listener may throw that nobody expects. */
export const THROWN: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'text',
  'a number': () => 7,
  'a bigint': () => 10n,
  'a symbol': () => Symbol('symbol'),
  'a function': () => refuse,
  'an empty object': () => ({}),
  'an object without a prototype': () => Object.create(null) as object,
  'a cycle': () => cyclic,
  'an error with a NUL': () => new Error('a\0b'),
  'an error with half a character': () => new Error('a\ud800b'),
  'an error of five megabytes': () => new Error('x'.repeat(5_000_000)),
  'an error whose message throws': () => new BadError(),
  'an error with a bigint and a cycle': () => Object.assign(new Error('with more'), { id: 1n, cyclic }),
  'an error whose code is an object': () => Object.assign(new Error('with a code'), { code: { a: 1n } }),
  'a Proxy': () => new Proxy({}, TRAPS),
  'a Proxy of an error': () => new Proxy(new Error('behind a trap'), TRAPS),
};

interface Callbacks {
  readonly resolve: (value?: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What is like a promise, and does what it is told to. */
function thenable(settle: (callbacks: Callbacks) => void): unknown {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- that is what this is about
    then: (resolve: Callbacks['resolve'], reject: Callbacks['reject']) => settle({ resolve, reject }),
  };
}

/** What it may return: none of it is stored, and it is done all the same. */
export const RETURNED: Readonly<Record<string, () => unknown>> = {
  'no promise': () => 5,
  'a cycle': () => cyclic,
  'a bigint': () => 10n,
  'a NUL': () => 'a\0b',
  'a Proxy': () => new Proxy({}, { ...TRAPS, get: (_, key) => (key === 'then' ? undefined : refuse()) }),
  'a symbol': () => Symbol('symbol'),
  'a function': () => refuse,
  'what resolves twice': () => thenable(({ resolve }) => [resolve(1), resolve(2)]),
  'what rejects once it has resolved': () => thenable(({ resolve, reject }) => [resolve(), reject(cyclic)]),
  'what throws once it has resolved': () => thenable(({ resolve }) => [resolve(), refuse()]),
};

export type Misdeed = 'throw' | 'throw at once' | 'return' | 'hang';

@Event({ name: 'odd' })
export class Odd extends BaseEvent<{ kind: string; how: Misdeed }> {}

@Injectable()
export class OddListener {
  /** What it has thrown last. */
  thrown: unknown;
  readonly signals: AbortSignal[] = [];
  readonly settle: (() => void)[] = [];

  @OnEvent(Odd, { id: 'odd' })
  hear(event: Odd, signal?: AbortSignal): unknown {
    const { kind, how } = event.getPayload();
    if (how === 'return') return RETURNED[kind]!();
    if (how === 'hang') return this.hang(kind, signal!);
    this.thrown = THROWN[kind]!();
    if (how === 'throw at once') throw this.thrown;
    return Promise.reject(this.thrown);
  }

  private hang(kind: string, signal: AbortSignal): Promise<void> {
    this.signals.push(signal);
    return new Promise((resolve, reject) => {
      this.settle.push(kind === 'resolves' ? resolve : () => reject(new Error('too late')));
    });
  }
}
