import {
  BaseDriver,
  FallbackDriver,
  FallbackExhaustedError,
  type IBaseEvent,
  type IEventDriver,
  InvalidEventError,
  InvalidOptionsError,
  InvalidPayloadError,
  SyncDriver,
  TimeoutDriver,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import {
  alwaysFailing,
  captureLogs,
  connected,
  failing,
  type LogLine,
  rejectionOf,
  settle,
  StoringDriver,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
} from '../support/drivers.js';

let logs: LogLine[];

beforeEach(() => {
  logs = captureLogs();
});

class Broken extends BaseDriver {
  dispatches = 0;

  constructor(private readonly error: unknown) {
    super();
  }

  async dispatch(_event: IBaseEvent): Promise<void> {
    this.dispatches++;
    throw this.error;
  }
}

function falling(drivers: Readonly<Record<string, IEventDriver>>): FallbackDriver {
  return connected(new FallbackDriver(), { drivers: Object.keys(drivers) }, drivers);
}

it('uses the primary driver only, while that works, and logs nothing', async () => {
  const [primary, secondary] = [new StoringDriver(), new StoringDriver()];
  const event = new TestEvent();
  await falling({ primary, secondary }).dispatch(event);
  expect([primary.stored, secondary.stored]).toEqual([[event], []]);
  expect(logs).toEqual([]);
});

it('falls back to the next driver and logs which, and why', async () => {
  const event = new TestEvent();
  await falling({ queue: new Broken(new Error('No connection')), sync: new SyncDriver() }).dispatch(event);
  expect(event.runs).toBe(1);
  expect(logs).toEqual([
    { level: 'warn', message: 'Primary driver failed, falling back to sync driver: No connection' },
  ]);
});

it('tries one after another, in their order, until one takes the event', async () => {
  const [first, second] = [new Broken('one'), new Broken('two')];
  const [third, fourth] = [new StoringDriver(), new StoringDriver()];
  await falling({ first, second, third, fourth }).dispatch(new TestEvent());
  expect([first.dispatches, second.dispatches, third.stored.length, fourth.stored.length]).toEqual([
    1, 1, 1, 0,
  ]);
  expect(logs.map(({ message }) => message)).toEqual([
    'Primary driver failed, falling back to second driver: one',
    "Driver 'second' failed, falling back to third driver: two",
  ]);
});

it('begins with the primary again for the next event', async () => {
  const flaky = new SyncDriver();
  const store = new StoringDriver();
  const driver = falling({ flaky, store });
  await driver.dispatch(alwaysFailing('once'));
  const next = new TestEvent();
  await driver.dispatch(next);
  expect(next.runs).toBe(1);
  expect(store.stored).toHaveLength(1);
});

it('runs the work again on the next driver where the first ran it and failed', async () => {
  const event = failing('once');
  await falling({ first: new SyncDriver(), second: new SyncDriver() }).dispatch(event);
  expect(event.runs).toBe(2);
});

it('takes a driver that throws synchronously for one that failed', async () => {
  const throwing: IEventDriver = {
    getName: () => 'throwing',
    dispatch: () => {
      throw new Error('Thrown');
    },
  };
  const store = new StoringDriver();
  await falling({ throwing, store }).dispatch(new TestEvent());
  expect(store.stored).toHaveLength(1);
});

it('rejects with an error that names each driver and what it failed with', async () => {
  const [first, second] = [new Error('No connection'), new Error('Full')];
  const error = await rejectionOf(
    falling({ queue: new Broken(first), async: new Broken(second) }).dispatch(new TestEvent()),
  );
  expect(error).toBeInstanceOf(FallbackExhaustedError);
  expect(error).toBeInstanceOf(AggregateError);
  expect(error).toMatchObject({
    name: 'FallbackExhaustedError',
    code: 'EVENTS_FALLBACK_EXHAUSTED',
    message: "Event 'TestEvent' failed on every driver: queue (No connection), async (Full)",
    eventName: 'TestEvent',
    failures: [
      { driverName: 'queue', error: first },
      { driverName: 'async', error: second },
    ],
    errors: [first, second],
  });
  expect((error as Error).cause).toBe(first);
  expect(logs).toHaveLength(1);
});

it.each(THROWN_VALUES)('describes %s in that error', async (_, value, message) => {
  const driver = falling({ first: new Broken(value), second: new Broken(value) });
  const error = (await rejectionOf(driver.dispatch(new TestEvent()))) as FallbackExhaustedError;
  expect(error.message).toBe(
    `Event 'TestEvent' failed on every driver: first (${message}), second (${message})`,
  );
  expect(Object.is(error.failures[1]!.error, value)).toBe(true);
});

it('may name one driver twice, which is then tried twice', async () => {
  const broken = new Broken('No');
  const driver = connected(new FallbackDriver(), { drivers: ['broken', 'broken'] }, { broken });
  await rejectionOf(driver.dispatch(new TestEvent()));
  expect(broken.dispatches).toBe(2);
});

it('is as durable as its primary driver', () => {
  expect(falling({ queue: new StoringDriver(), sync: new SyncDriver() }).capabilities.durable).toBe(true);
  expect(falling({ sync: new SyncDriver(), queue: new StoringDriver() }).capabilities.durable).toBe(false);
});

it('names the drivers that one with given options would wrap, whatever the options are', () => {
  expect(FallbackDriver.getWrappedDriverNames({ drivers: ['a', 'b'] })).toEqual(['a', 'b']);
  expect(FallbackDriver.getWrappedDriverNames({ drivers: ['a', 1, null] })).toEqual(['a']);
  expect(FallbackDriver.getWrappedDriverNames({ drivers: 'a' })).toEqual([]);
  expect(FallbackDriver.getWrappedDriverNames(undefined)).toEqual([]);
});

describe('options that it cannot work with', () => {
  const list = 'a list of at least 2, each a non-empty string';
  const invalid: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    [{}, `drivers is missing; it must be ${list}`],
    [{ drivers: 'sync' }, `drivers must be ${list}, not 'sync'`],
    [{ drivers: [] }, `drivers must be ${list}, not []`],
    [{ drivers: ['sync'] }, `drivers must be ${list}, not [ 'sync' ]`],
    [{ drivers: ['sync', 5] }, `drivers must be ${list}, not [ 'sync', 5 ]`],
    [{ drivers: ['a', 'b'], driver: 'c' }, "'driver' is no option; there are drivers"],
  ];

  itRefuses(FallbackDriver, invalid);

  it('are none at all, when it comes to a dispatch', async () => {
    const error = await rejectionOf(new FallbackDriver().dispatch(new TestEvent()));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({
      message:
        "Fallback driver options not configured: call setOptions({ drivers: ['primary', 'fallback'] }) before dispatch()",
    });
  });

  it('are names that it was not connected to, when it comes to a dispatch', async () => {
    const driver = new FallbackDriver();
    driver.setOptions({ drivers: ['queue', 'sync'] });
    expect(await rejectionOf(driver.dispatch(new TestEvent()))).toMatchObject({
      code: 'EVENTS_DRIVER',
      driverName: 'queue',
      message: expect.stringContaining(
        "Driver 'FallbackDriver' wraps driver 'queue' but was not connected to it.",
      ),
    });
  });
});

it.each([
  new UnrecoverableError('The card was declined'),
  new InvalidEventError({}),
  new InvalidOptionsError('Options', ['wrong']),
  new InvalidPayloadError('event', []),
])('passes on at once what another driver could not do better: %p', async (error) => {
  const secondary = new StoringDriver();
  const driver = falling({ primary: new Broken(error), secondary });
  expect(await rejectionOf(driver.dispatch(new TestEvent()))).toBe(error);
  expect(secondary.stored).toEqual([]);
});

it('does not fall back for someone who has given up waiting', async () => {
  const secondary = new StoringDriver();
  const timeout = connected(
    new TimeoutDriver(),
    { timeout: 5, driver: 'fallback' },
    { fallback: falling({ primary: new SyncDriver(), secondary }) },
  );
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const event = new TestEvent(
    (signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(new Error('stopped'));
          resolve();
        });
      }),
  );
  await expect(timeout.dispatch(event)).rejects.toThrow('Event execution timeout');
  await aborted;
  await settle();
  expect(secondary.stored).toEqual([]);
});
