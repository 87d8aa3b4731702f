import * as fc from 'fast-check';
import {
  EventDispatchException,
  PostponeError,
  RetryExhaustedError,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { closeApps } from '../support/app.js';
import { captureLogs, THROWN_VALUES } from '../support/drivers.js';
import { check } from '../support/property.js';
import { MAX_LISTENERS, run, startWith } from './support/dispatch-app.js';
import {
  type Behaviour,
  type DispatchPlan,
  expectDispatch,
  type Failure,
  type ListenerPlan,
} from './support/dispatch-model.js';

const ERRORS = [new Error('no'), new UnrecoverableError('never'), new PostponeError('5m')];

/** What can be thrown cannot always be shown: it is not enumerable. */
const HOSTILE = THROWN_VALUES.map(([name, value]) => {
  const thrown: { readonly name: string; readonly value?: unknown } = { name };
  return Object.defineProperty(thrown, 'value', { value }) as { readonly value: unknown };
});

const thrown = fc.oneof(
  fc.anything().map((value) => ({ value })),
  fc.constantFrom(...ERRORS).map((value) => ({ value })),
  fc.constantFrom(...HOSTILE),
);

const succeeding: fc.Arbitrary<Behaviour> = fc.record({
  isLater: fc.boolean(),
  thrown: fc.constant(undefined),
});

const failing: fc.Arbitrary<Behaviour> = fc.record({ isLater: fc.boolean(), thrown });

/** Where it fails, nothing that comes after it is seen. */
const seldomFailing = fc.oneof({ weight: 3, arbitrary: succeeding }, failing);

const listener: fc.Arbitrary<ListenerPlan> = fc.record({
  order: fc.oneof(fc.constant(undefined), fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true })),
  driver: fc.constantFrom(undefined, 'sync', 'retry', 'async', 'stored'),
});

/** Those that have all in common are told in another way, with less to ask. */
const listeners = fc.oneof(
  fc.array(listener, { maxLength: MAX_LISTENERS, size: 'max' }),
  fc.array(
    listener.map(({ order }): ListenerPlan => ({ order, driver: 'sync' })),
    { maxLength: MAX_LISTENERS },
  ),
);

const dispatch: fc.Arbitrary<DispatchPlan> = fc.record({
  own: fc.oneof(fc.constant(undefined), seldomFailing),
  store: seldomFailing,
  listeners: fc.array(fc.oneof(succeeding, failing), {
    minLength: MAX_LISTENERS,
    maxLength: MAX_LISTENERS,
  }),
});

/** Whether what was thrown is the very error that one failure is to be told by. */
function isError(given: unknown, { error, isExhausted }: Failure): boolean {
  if (isExhausted !== true) return Object.is(given, error);
  return given instanceof RetryExhaustedError && Object.is(given.cause, error);
}

function checkOutcome(outcome: PromiseSettledResult<void>, failures: readonly Failure[]): void {
  expect(outcome.status).toBe(failures.length === 0 ? 'fulfilled' : 'rejected');
  const given: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
  if (failures.length === 1) expect(isError(given, failures[0]!)).toBe(true);
  if (failures.length <= 1) return;
  expect(given).toBeInstanceOf(EventDispatchException);
  const told = (given as EventDispatchException).failures;
  expect(told.map(({ listenerId }) => listenerId)).toEqual(failures.map(({ listenerId }) => listenerId));
  expect(told.every(({ error }, index) => isError(error, failures[index]!))).toBe(true);
  for (const { listenerId } of failures) expect((given as Error).message).toContain(listenerId);
}

beforeEach(() => {
  captureLogs();
});

it('runs the own work, the store and the listeners in their order, and tells of just what failed', () =>
  check(
    fc
      .asyncProperty(
        listeners,
        fc.array(dispatch, { minLength: 1, maxLength: 8 }),
        async (plans, dispatches) => {
          const service = await startWith(plans);
          for (const plan of dispatches) {
            const { log, outcome } = await run(service, plan);
            const expected = expectDispatch(plans, plan);
            expect(log).toEqual(expected.log);
            checkOutcome(outcome, expected.failures);
          }
        },
      )
      .afterEach(closeApps),
    40,
  ));
