import { jest } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import {
  BaseDriver,
  BaseEvent,
  type IBaseEvent,
  type IEventDriver,
  type WrappingDriver,
} from 'nestjs-event-drivers';

/** An event that does what it is given; it may throw where a promise is expected. */
export class TestEvent<TPayload = unknown> extends BaseEvent<TPayload> {
  /** How often its work was begun. */
  runs = 0;

  constructor(
    private readonly work: (signal?: AbortSignal) => unknown = () => undefined,
    payload = {} as TPayload,
  ) {
    super(payload);
  }

  override execute(signal?: AbortSignal): Promise<void> {
    this.runs++;
    return this.work(signal) as Promise<void>;
  }
}

/** The delivery of an event to a listener, as far as a driver can tell. */
export class ListenerTestEvent extends TestEvent {
  constructor(
    private readonly listenerId: string,
    work?: () => unknown,
  ) {
    super(work);
  }

  getListenerId(): string {
    return this.listenerId;
  }
}

/** An event whose work throws these values, one after another, and then succeeds. */
export function failing(...thrown: readonly unknown[]): TestEvent {
  const left = [...thrown];
  return new TestEvent(async () => {
    if (left.length > 0) throw left.shift();
  });
}

/** An event whose work fails however often it is tried. */
export function alwaysFailing(thrown: unknown): TestEvent {
  return new TestEvent(async () => {
    throw thrown;
  });
}

/** An event whose work takes until the test says so. */
export function pausing(): {
  event: TestEvent;
  finish: () => void;
  fail: (error: unknown) => void;
} {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { event: new TestEvent(() => promise), finish: resolve, fail: reject };
}

/** A driver that stores what it is given, and says that it is durable. */
export class StoringDriver extends BaseDriver {
  readonly stored: IBaseEvent[] = [];

  override get capabilities() {
    return { durable: true, concurrent: false };
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    this.stored.push(event);
  }
}

/** Gives a driver its options and connects it to those it names. */
export function connected<TOptions extends object, TDriver extends WrappingDriver<TOptions>>(
  driver: TDriver,
  options: TOptions,
  drivers: Readonly<Record<string, IEventDriver>> = {},
): TDriver {
  driver.setOptions(options);
  driver.connect((name) => drivers[name]!);
  return driver;
}

/** What a promise was rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('It was resolved');
    },
    (error: unknown) => error,
  );
}

/**
 * Lets everything happen that is due: promises, and what waits for the next turn of the event loop. A
 * rejection that nobody handled fails the test that runs meanwhile.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Timers are counted by faking them: the process has others, of whatever runs the tests. */
export function countTimers(): number {
  return jest.getTimerCount();
}

/** From here to the end of the test, timers can be counted. They still run in time. @returns how many there are */
export function watchTimers(): number {
  jest.useFakeTimers({ advanceTimers: true, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  return countTimers();
}

afterEach(() => {
  jest.useRealTimers();
});

/** Fakes the clock and its timers, and leaves the event loop as it is: `settle()` still works. */
export function fakeTimers(): void {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
}

/** Options that a driver's `setOptions()` refuses, each with the problem that the error names. */
export type RefusedOptions = readonly (readonly [options: unknown, problem: string])[];

/** Declares a test for each of the options that a driver refuses. */
export function itRefuses(driverClass: new () => BaseDriver<never>, refused: RefusedOptions): void {
  it.each(refused)('%p: it says which and why', (options, problem) => {
    expect(() => new driverClass().setOptions(options as never)).toThrow(
      `Options of ${driverClass.name}: ${problem}`,
    );
  });
}

export interface LogLine {
  readonly level: 'debug' | 'error' | 'fatal' | 'log' | 'verbose' | 'warn';
  readonly message: string;
}

/** Takes what Nest's logger is told from now on, instead of printing it. */
export function captureLogs(): LogLine[] {
  const lines: LogLine[] = [];
  hearLogger((level, [message]) => lines.push({ level, message: String(message) }));
  return lines;
}

/** Has something hear, with all arguments, what Nest's logger is told from now on, instead of printing it. */
export function hearLogger(hear: (level: LogLine['level'], args: readonly unknown[]) => void): void {
  const take =
    (level: LogLine['level']) =>
    (...args: unknown[]) =>
      hear(level, args);
  Logger.overrideLogger({
    debug: take('debug'),
    error: take('error'),
    fatal: take('fatal'),
    log: take('log'),
    verbose: take('verbose'),
    warn: take('warn'),
  } satisfies LoggerService);
}

/** Values that are no errors but can be thrown, and how a message describes them. */
export const THROWN_VALUES: ReadonlyArray<readonly [description: string, value: unknown, message: string]> = [
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a string', 'just a string', 'just a string'],
  ['a number', 42, '42'],
  ['a plain object', { reason: 'odd' }, "{ reason: 'odd' }"],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['an object with a throwing getter', throwingGetter(), 'a value that cannot be read'],
  ['a proxy that cannot be read', unreadableProxy(), 'a value that cannot be read'],
  ['a proxy that cannot be examined at all', inscrutableProxy(), 'a value that cannot be read'],
];

function throwingGetter(): unknown {
  return {
    get message(): string {
      throw new Error('from the getter');
    },
  };
}

function unreadableProxy(): unknown {
  return new Proxy(
    { message: '' },
    {
      get() {
        throw new Error('from the trap');
      },
    },
  );
}

function refuse(): never {
  throw new Error('from the trap');
}

function inscrutableProxy(): unknown {
  return new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse });
}
