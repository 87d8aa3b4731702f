import * as fc from 'fast-check';
import {
  AsyncDriver,
  DebugDriver,
  FallbackDriver,
  FallbackExhaustedError,
  type IEventDriver,
  InMemoryFailedStore,
  MonitoredDriver,
  PostponeError,
  ResilientDriver,
  RetryDriver,
  RetryExhaustedError,
  SyncDriver,
  TimeoutDriver,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { captureLogs, connected, failing } from '../support/drivers.js';
import { check } from '../support/property.js';
import { type ErrorKind, type Failure, model, type Stack } from './support/stack-model.js';

const MAX_DEPTH = 5;

const ERRORS: Readonly<Record<ErrorKind, (message: string) => Error>> = {
  ordinary: (message) => new Error(message),
  network: (message) => new Error(`${message}: the network is down`),
  unrecoverable: (message) => new UnrecoverableError(message),
  postpone: (message) => new PostponeError('5m', message),
};

type Inner = Readonly<Record<'inner', IEventDriver>>;

const driver = 'inner';

/** Those that change neither how often the work runs nor how it fails. */
const TRANSPARENT = {
  timeout: (inner: Inner) =>
    connected(new TimeoutDriver(), { driver, timeout: 60_000, maxConcurrency: 1 }, inner),
  async: (inner: Inner) => connected(new AsyncDriver(), { driver, maxConcurrency: 1 }, inner),
  monitored: (inner: Inner) => connected(new MonitoredDriver(), { driver }, inner),
  debug: (inner: Inner) => connected(new DebugDriver(), { driver }, inner),
};

/** The drivers of a stack, each of which knows what it wraps. */
function build(stack: Stack, failedStore: InMemoryFailedStore): IEventDriver {
  if (stack.kind === 'sync') return new SyncDriver();
  if (stack.kind === 'fallback') {
    const inners = stack.inners.map((inner, index) => [`inner ${index}`, build(inner, failedStore)] as const);
    const drivers = inners.map(([name]) => name);
    return connected(new FallbackDriver(), { drivers }, Object.fromEntries(inners));
  }
  const inner = { inner: build(stack.inner, failedStore) };
  if (stack.kind !== 'retry' && stack.kind !== 'resilient') return TRANSPARENT[stack.kind](inner);
  const retry = { maxRetries: stack.maxRetries, delayMs: 0 };
  return stack.kind === 'retry'
    ? connected(new RetryDriver(), { driver, ...retry }, inner)
    : connected(new ResilientDriver(), { driver, failedStore, retry }, inner);
}

/** Whether an error is, or tells of, what a model says. */
function isFailure(error: unknown, failure: Failure, errors: readonly Error[]): boolean {
  if ('run' in failure) return error === errors[failure.run - 1];
  if ('exhausted' in failure) {
    return error instanceof RetryExhaustedError && isFailure(error.cause, failure.exhausted, errors);
  }
  if (!(error instanceof FallbackExhaustedError) || error.failures.length !== failure.all.length)
    return false;
  return failure.all.every((inner, index) => isFailure(error.failures[index]!.error, inner, errors));
}

const stack: fc.Arbitrary<Stack> = fc.letrec<{ stack: Stack }>((tie) => ({
  stack: fc.oneof(
    { maxDepth: MAX_DEPTH, depthSize: 'max' },
    fc.record({ kind: fc.constant('sync') }),
    fc.record({
      kind: fc.constantFrom('retry', 'resilient'),
      maxRetries: fc.integer({ min: 1, max: 3 }),
      inner: tie('stack'),
    }),
    fc.record({
      kind: fc.constant('fallback'),
      inners: fc.array(tie('stack'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constantFrom('timeout', 'monitored', 'debug', 'async'), inner: tie('stack') }),
  ),
})).stack;

/** Verdicts end everything: with many of them, nothing else would be seen. */
const kinds = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('ordinary', 'network') },
    { weight: 1, arbitrary: fc.constantFrom('unrecoverable', 'postpone') },
  ),
  { maxLength: 12, size: 'max' },
);

beforeEach(() => {
  captureLogs();
});

it('runs the work as often as each driver of a stack would by itself, and fails as it would', () =>
  check(
    fc.asyncProperty(stack, kinds, async (drivers, failures: readonly ErrorKind[]) => {
      const errors = failures.map((kind, index) => ERRORS[kind](`run ${index + 1}`));
      const failedStore = new InMemoryFailedStore();
      const event = failing(...errors);
      const [outcome] = await Promise.allSettled([build(drivers, failedStore).dispatch(event)]);
      const expected = { runs: 0, kept: 0 };
      const failure = model(drivers, failures, expected);
      expect({ runs: event.runs, kept: (await failedStore.list()).length }).toEqual(expected);
      expect(outcome.status).toBe(failure === undefined ? 'fulfilled' : 'rejected');
      if (failure === undefined || outcome.status === 'fulfilled') return;
      expect(isFailure(outcome.reason, failure, errors)).toBe(true);
    }),
    500,
  ));
