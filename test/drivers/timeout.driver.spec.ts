import { jest } from '@jest/globals';
import {
  EventTimeoutError,
  type IBaseEvent,
  InvalidOptionsError,
  TimeoutDriver,
  type TimeoutDriverOptions,
} from 'nestjs-event-drivers';
import {
  alwaysFailing,
  captureLogs,
  connected,
  countTimers,
  pausing,
  rejectionOf,
  settle,
  StoringDriver,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
  fakeTimers,
  watchTimers,
} from '../support/drivers.js';

beforeEach(captureLogs);

afterEach(() => {
  jest.useRealTimers();
});

function limited(options: TimeoutDriverOptions): TimeoutDriver {
  return connected(new TimeoutDriver(), options);
}

/** Fakes the timers and the clock only, so that promises and the event loop go on. */
describe('a delivery in time', () => {
  it('resolves, and its signal is not aborted afterwards', async () => {
    let signal: AbortSignal | undefined;
    await limited({ timeout: 1000 }).dispatch(
      new TestEvent(async (given) => {
        signal = given;
      }),
    );
    await settle();
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(signal?.aborted).toBe(false);
  });

  it('rejects with the very error that the work threw', async () => {
    const error = new Error('No');
    expect(await rejectionOf(limited({ timeout: 1000 }).dispatch(alwaysFailing(error)))).toBe(error);
  });

  it.each(THROWN_VALUES)('rejects with %s as it was thrown', async (_, value) => {
    const thrown: unknown[] = [];
    await limited({ timeout: 1000 })
      .dispatch(alwaysFailing(value))
      .catch((error: unknown) => thrown.push(error));
    expect(thrown).toHaveLength(1);
    expect(Object.is(thrown[0], value)).toBe(true);
  });

  it('rejects where the work throws synchronously', async () => {
    const event = new TestEvent(() => {
      throw new Error('Thrown, not rejected');
    });
    expect(await rejectionOf(limited({ timeout: 1000 }).dispatch(event))).toMatchObject({
      message: 'Thrown, not rejected',
    });
  });

  it('leaves no timer behind, whether it succeeds or fails', async () => {
    const before = watchTimers();
    const driver = limited({ timeout: 60_000 });
    await driver.dispatch(new TestEvent());
    await rejectionOf(driver.dispatch(alwaysFailing('No')));
    expect(countTimers()).toBe(before);
  });
});

describe('a delivery that takes too long', () => {
  beforeEach(fakeTimers);

  it('rejects once the time is over, not before, with an error that says so', async () => {
    let error: unknown;
    const { event } = pausing();
    const rejection = rejectionOf(limited({ timeout: 500 }).dispatch(event)).then(
      (thrown) => (error = thrown),
    );
    await jest.advanceTimersByTimeAsync(499);
    expect(error).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await rejection;
    expect(error).toBeInstanceOf(EventTimeoutError);
    expect(error).toMatchObject({
      name: 'EventTimeoutError',
      code: 'EVENTS_TIMEOUT',
      message: "Event execution timeout: 'TestEvent' took longer than 500 ms",
      eventName: 'TestEvent',
      timeout: 500,
    });
  });

  it('has its signal aborted', async () => {
    let reason: unknown;
    const event = new TestEvent(
      (signal) =>
        new Promise(() => {
          signal?.addEventListener('abort', () => (reason = signal.reason));
        }),
    );
    const rejection = rejectionOf(limited({ timeout: 10 }).dispatch(event));
    await jest.advanceTimersByTimeAsync(9);
    expect(reason).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await rejection;
    expect(reason).toMatchObject({ name: 'AbortError' });
  });

  it('rejects with the timeout also where the work fails because of its signal', async () => {
    const event = new TestEvent(
      (signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => setImmediate(() => reject(signal.reason as Error)));
        }),
    );
    const rejection = rejectionOf(limited({ timeout: 10 }).dispatch(event));
    await jest.advanceTimersByTimeAsync(10);
    expect(await rejection).toBeInstanceOf(EventTimeoutError);
  });

  it('may fail or succeed later without anyone hearing of it', async () => {
    const driver = limited({ timeout: 10 });
    const [failing, succeeding] = [pausing(), pausing()];
    const rejections = Promise.all(
      [failing, succeeding].map(({ event }) => rejectionOf(driver.dispatch(event))),
    );
    await jest.advanceTimersByTimeAsync(10);
    expect(await rejections).toEqual([expect.any(EventTimeoutError), expect.any(EventTimeoutError)]);
    failing.fail(new Error('Late'));
    succeeding.finish();
    await settle();
  });

  it('leaves no timer behind', async () => {
    const rejection = rejectionOf(limited({ timeout: 10 }).dispatch(pausing().event));
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(10);
    await rejection;
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('maxConcurrency', () => {
  beforeEach(fakeTimers);

  it('is without a bound by default', () => {
    const driver = limited({ timeout: 10 });
    const events = Array.from({ length: 100 }, pausing);
    for (const { event } of events) driver.dispatch(event).catch(() => undefined);
    expect(events.every(({ event }) => event.runs === 1)).toBe(true);
  });

  it('lets the others wait, and their time does not run yet', async () => {
    const driver = limited({ timeout: 100, maxConcurrency: 1 });
    const [first, second] = [pausing(), pausing()];
    const firstDone = driver.dispatch(first.event);
    let secondError: unknown;
    const secondDone = rejectionOf(driver.dispatch(second.event)).then((error) => (secondError = error));
    await jest.advanceTimersByTimeAsync(90);
    first.finish();
    await firstDone;
    await settle();
    expect(second.event.runs).toBe(1);
    await jest.advanceTimersByTimeAsync(99);
    expect(secondError).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await secondDone;
    expect(secondError).toBeInstanceOf(EventTimeoutError);
  });

  it('has room again after a timeout', async () => {
    const driver = limited({ timeout: 10, maxConcurrency: 1 });
    const rejection = rejectionOf(driver.dispatch(pausing().event));
    const next = new TestEvent();
    const done = driver.dispatch(next);
    await jest.advanceTimersByTimeAsync(10);
    await rejection;
    await done;
    expect(next.runs).toBe(1);
  });

  it('of 1 does not keep an event from dispatching to the driver that runs it', async () => {
    const driver = limited({ timeout: 10, maxConcurrency: 1 });
    const inner = new TestEvent();
    await driver.dispatch(new TestEvent(() => driver.dispatch(inner)));
    expect(inner.runs).toBe(1);
  });
});

describe('the driver that it wraps', () => {
  it('is given an event that answers like the original', async () => {
    const store = new StoringDriver();
    class Named extends TestEvent {
      override getDriverName = () => 'mine';
      override getQueueName = () => 'mails';
      getListenerId = () => 'Mailer.send';
    }
    const event = new Named(undefined, { to: 'someone' });
    await connected(new TimeoutDriver(), { timeout: 1000, driver: 'store' }, { store }).dispatch(event);
    const seen = store.stored[0]!;
    expect({
      name: seen.getName(),
      payload: seen.getPayload(),
      id: seen.getId?.(),
      driver: seen.getDriverName?.(),
      queue: seen.getQueueName?.(),
      listener: seen.getListenerId?.(),
    }).toEqual({
      name: 'Named',
      payload: { to: 'someone' },
      id: event.getId(),
      driver: 'mine',
      queue: 'mails',
      listener: 'Mailer.send',
    });
  });

  it('is given one that answers for an event that has the required methods only', async () => {
    const store = new StoringDriver();
    const event: IBaseEvent = {
      getName: () => 'plain',
      getPayload: () => 1,
      execute: () => Promise.resolve(),
    };
    await connected(new TimeoutDriver(), { timeout: 1000, driver: 'store' }, { store }).dispatch(event);
    const seen = store.stored[0]!;
    expect([seen.getId?.(), seen.getDriverName?.(), seen.getQueueName?.(), seen.getListenerId?.()]).toEqual([
      undefined,
      undefined,
      'default',
      undefined,
    ]);
  });

  it('does not run what it had not begun when the time was over', async () => {
    fakeTimers();
    const held: IBaseEvent[] = [];
    const slow = {
      getName: () => 'slow',
      dispatch: (event: IBaseEvent) => new Promise<void>(() => held.push(event)),
    };
    const event = new TestEvent();
    const driver = connected(new TimeoutDriver(), { timeout: 10, driver: 'slow' }, { slow });
    const rejection = rejectionOf(driver.dispatch(event));
    await jest.advanceTimersByTimeAsync(10);
    await rejection;
    expect(await rejectionOf(held[0]!.execute())).toMatchObject({ name: 'AbortError' });
    expect(event.runs).toBe(0);
  });

  it('lends it its durability', () => {
    const driver = connected(
      new TimeoutDriver(),
      { timeout: 10, driver: 'store' },
      { store: new StoringDriver() },
    );
    expect(driver.capabilities.durable).toBe(true);
    expect(limited({ timeout: 10 }).capabilities.durable).toBe(false);
  });
});

describe('options that it cannot work with', () => {
  const ms = 'a number of milliseconds from 1 to 2147483647';
  const invalid: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    [{}, `timeout is missing; it must be ${ms}`],
    ...[0, -1, NaN, Infinity, 2 ** 31].map(
      (timeout) => [{ timeout }, `timeout must be ${ms}, not ${timeout}`] as const,
    ),
    [{ timeout: '5s' }, `timeout must be ${ms}, not '5s'`],
    ...[0, -3, 1.5, NaN].map(
      (maxConcurrency) =>
        [
          { timeout: 5, maxConcurrency },
          `maxConcurrency must be a whole number from 1, or Infinity, not ${maxConcurrency}`,
        ] as const,
    ),
    [{ timeout: 5, driver: 7 }, 'driver must be a non-empty string, not 7'],
    [{ timeout: 5, timeoutMs: 5 }, "'timeoutMs' is no option; there are timeout, maxConcurrency, driver"],
  ];

  itRefuses(TimeoutDriver, invalid);

  it('are none at all, when it comes to a dispatch', async () => {
    const event = new TestEvent();
    const error = await rejectionOf(new TimeoutDriver().dispatch(event));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({
      message:
        'Timeout driver options not configured: call setOptions({ timeout: <milliseconds> }) before dispatch()',
    });
    expect(event.runs).toBe(0);
  });
});
