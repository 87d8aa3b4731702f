import { jest } from '@jest/globals';
import {
  AsyncDriver,
  type AsyncDriverOptions,
  DriverClosedError,
  type IBaseEvent,
  QueueFullError,
} from 'nestjs-event-drivers';
import {
  alwaysFailing,
  captureLogs,
  connected,
  countTimers,
  ListenerTestEvent,
  type LogLine,
  pausing,
  rejectionOf,
  settle,
  StoringDriver,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
  watchTimers,
} from '../support/drivers.js';

let logs: LogLine[];

beforeEach(() => {
  logs = captureLogs();
});

function limited(options: AsyncDriverOptions): AsyncDriver {
  return connected(new AsyncDriver(), options);
}

function runsOf(events: readonly { event: TestEvent }[]): number[] {
  return events.map(({ event }) => event.runs);
}

describe('maxConcurrency', () => {
  it('is five by default', () => {
    const driver = new AsyncDriver();
    const events = Array.from({ length: 7 }, pausing);
    for (const { event } of events) void driver.dispatch(event);
    expect(runsOf(events)).toEqual([1, 1, 1, 1, 1, 0, 0]);
  });

  it.each([1, 2, 4])(
    'of %i lets the others wait, and starts them first come first served',
    async (maxConcurrency) => {
      const driver = limited({ maxConcurrency });
      const order: number[] = [];
      let running = 0;
      let mostRunning = 0;
      const events = Array.from(
        { length: 30 },
        (_, index) =>
          new TestEvent(async () => {
            order.push(index);
            mostRunning = Math.max(mostRunning, ++running);
            await new Promise((resolve) => setImmediate(resolve));
            running--;
          }),
      );
      await Promise.all(events.map((event) => driver.dispatch(event)));
      expect(order).toEqual(events.map((_, index) => index));
      expect(mostRunning).toBe(maxConcurrency);
    },
  );

  it('lets the next one start as soon as one has failed', async () => {
    const driver = limited({ maxConcurrency: 1 });
    const next = new TestEvent();
    const failed = rejectionOf(driver.dispatch(alwaysFailing(new Error('No'))));
    await driver.dispatch(next);
    expect(await failed).toMatchObject({ message: 'No' });
    expect(next.runs).toBe(1);
  });

  it('is waited for without a timer', async () => {
    const before = watchTimers();
    const driver = limited({ maxConcurrency: 1 });
    const { event, finish } = pausing();
    const both = [driver.dispatch(event), driver.dispatch(new TestEvent())];
    expect(countTimers()).toBe(before);
    finish();
    await Promise.all(both);
  });

  it('is a bound for each instance of the driver', () => {
    const [first, second] = [pausing(), pausing()];
    void limited({ maxConcurrency: 1 }).dispatch(first.event);
    void limited({ maxConcurrency: 1 }).dispatch(second.event);
    expect(runsOf([first, second])).toEqual([1, 1]);
  });

  it('can be changed by setting the options again', () => {
    const driver = limited({ maxConcurrency: 1 });
    driver.setOptions({ maxConcurrency: 2 });
    const events = Array.from({ length: 3 }, pausing);
    for (const { event } of events) void driver.dispatch(event);
    expect(runsOf(events)).toEqual([1, 1, 0]);
  });
});

describe('an event that dispatches to the driver that runs it, and awaits that', () => {
  const nested = (driver: AsyncDriver, depth: number, log: number[]): TestEvent =>
    new TestEvent(async () => {
      if (depth > 0) await driver.dispatch(nested(driver, depth - 1, log));
      log.push(depth);
    });

  it.each([1, 5])('does not wait for itself at maxConcurrency 1 and depth %i', async (depth) => {
    const log: number[] = [];
    const driver = limited({ maxConcurrency: 1 });
    await driver.dispatch(nested(driver, depth, log));
    expect(log).toEqual(Array.from({ length: depth + 1 }, (_, index) => index));
  });

  it('may await several at a time, and the bound is kept', async () => {
    const driver = limited({ maxConcurrency: 1 });
    let running = 0;
    let mostRunning = 0;
    const child = (): TestEvent =>
      new TestEvent(async () => {
        mostRunning = Math.max(mostRunning, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      });
    const children = Array.from({ length: 4 }, child);
    const parent = new TestEvent(() => Promise.all(children.map((event) => driver.dispatch(event))));
    const other = child();
    await Promise.all([driver.dispatch(parent), driver.dispatch(other)]);
    expect([...children, other].map(({ runs }) => runs)).toEqual([1, 1, 1, 1, 1]);
    expect(mostRunning).toBe(1);
  });

  it('rejects with what the inner one threw', async () => {
    const driver = limited({ maxConcurrency: 1 });
    const error = new Error('Inner');
    const outer = new TestEvent(() => driver.dispatch(alwaysFailing(error)));
    expect(await rejectionOf(driver.dispatch(outer))).toBe(error);
  });
});

describe('maxQueueSize', () => {
  it('refuses exactly the first event that may not wait, and says what to do', async () => {
    const driver = limited({ maxConcurrency: 2, maxQueueSize: 3 });
    const events = Array.from({ length: 5 }, pausing);
    const accepted = events.map(({ event }) => driver.dispatch(event));
    const refused = new TestEvent();
    const error = await rejectionOf(driver.dispatch(refused));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({
      code: 'EVENTS_QUEUE_FULL',
      driverName: 'AsyncDriver',
      maxQueueSize: 3,
      maxConcurrency: 2,
      message:
        "Driver 'AsyncDriver' is full: 2 running (maxConcurrency) and 3 waiting (maxQueueSize). " +
        'Dispatch more slowly, or raise one of the two.',
    });
    expect(refused.runs).toBe(0);
    for (const { finish } of events) finish();
    await Promise.all(accepted);
  });

  it('of 0 refuses what cannot run at once', async () => {
    const driver = limited({ maxConcurrency: 1, maxQueueSize: 0 });
    const { event, finish } = pausing();
    const done = driver.dispatch(event);
    expect(await rejectionOf(driver.dispatch(new TestEvent()))).toBeInstanceOf(QueueFullError);
    finish();
    await done;
    await expect(driver.dispatch(new TestEvent())).resolves.toBeUndefined();
  });

  it('is unlimited by default', async () => {
    const driver = limited({ maxConcurrency: 1 });
    const events = Array.from({ length: 10_000 }, () => new TestEvent());
    await Promise.all(events.map((event) => driver.dispatch(event)));
    expect(events.every(({ runs }) => runs === 1)).toBe(true);
  });

  it('holds in the background too', async () => {
    const driver = limited({ maxConcurrency: 1, maxQueueSize: 1, background: true });
    const events = Array.from({ length: 2 }, pausing);
    for (const { event } of events) await driver.dispatch(event);
    expect(await rejectionOf(driver.dispatch(new TestEvent()))).toBeInstanceOf(QueueFullError);
    expect(driver.getPending()).toHaveLength(2);
    expect(driver.getFailureCount()).toBe(0);
    for (const { finish } of events) finish();
    await driver.drain();
  });
});

describe('in the foreground', () => {
  it('it rejects with the very error that the work threw, and logs nothing', async () => {
    const error = new Error('No');
    expect(await rejectionOf(new AsyncDriver().dispatch(alwaysFailing(error)))).toBe(error);
    expect(logs).toEqual([]);
  });

  it('it rejects where the work throws synchronously', async () => {
    const event = new TestEvent(() => {
      throw new Error('Thrown, not rejected');
    });
    expect(await rejectionOf(new AsyncDriver().dispatch(event))).toMatchObject({
      message: 'Thrown, not rejected',
    });
  });

  it('what runs is pending, and a drain waits for it, whether it succeeds or not', async () => {
    const driver = new AsyncDriver();
    const { event, fail } = pausing();
    const dispatched = rejectionOf(driver.dispatch(event));
    expect(driver.getPending()).toEqual([event]);
    const drained = driver.drain();
    fail(new Error('No'));
    await drained;
    expect(driver.getPending()).toEqual([]);
    expect(driver.getFailureCount()).toBe(0);
    expect(await dispatched).toMatchObject({ message: 'No' });
  });
});

describe('in the background', () => {
  it('dispatch() resolves before the work is done', async () => {
    const driver = limited({ background: true });
    const { event, finish } = pausing();
    await driver.dispatch(event);
    expect(driver.getPending()).toEqual([event]);
    finish();
    await driver.drain();
    expect(driver.getPending()).toEqual([]);
  });

  it('a failure is logged, counted, and given to onError once', async () => {
    const failures: Array<[unknown, IBaseEvent]> = [];
    const driver = limited({ background: true, onError: (...failure) => void failures.push(failure) });
    const error = new Error('No');
    const event = alwaysFailing(error);
    await driver.dispatch(event);
    await driver.dispatch(new TestEvent());
    await driver.drain();
    expect(failures).toEqual([[error, event]]);
    expect(failures[0]![0]).toBe(error);
    expect(driver.getFailureCount()).toBe(1);
    expect(logs).toEqual([{ level: 'error', message: 'Failed in the background: TestEvent: No' }]);
  });

  it('the log names the listener', async () => {
    const driver = limited({ background: true });
    await driver.dispatch(new ListenerTestEvent('Mailer.send', () => Promise.reject(new Error('No'))));
    await driver.drain();
    expect(logs).toEqual([
      { level: 'error', message: 'Failed in the background: ListenerTestEvent for Mailer.send: No' },
    ]);
  });

  it.each(THROWN_VALUES)(
    '%s that is thrown is logged and counted like an error',
    async (_, value, message) => {
      const driver = limited({ background: true });
      await driver.dispatch(alwaysFailing(value));
      await driver.drain();
      await settle();
      expect(logs).toEqual([{ level: 'error', message: `Failed in the background: TestEvent: ${message}` }]);
      expect(driver.getFailureCount()).toBe(1);
    },
  );

  it('a synchronous throw is a failure like any other', async () => {
    const driver = limited({ background: true });
    await driver.dispatch(
      new TestEvent(() => {
        throw new Error('Thrown');
      }),
    );
    await driver.drain();
    expect(driver.getFailureCount()).toBe(1);
  });

  it('what onError throws is logged, and the driver goes on', async () => {
    const driver = limited({
      background: true,
      onError: () => {
        throw new Error('Broken callback');
      },
    });
    await driver.dispatch(alwaysFailing(new Error('No')));
    await driver.drain();
    await settle();
    expect(logs.map(({ message }) => message)).toEqual([
      'Failed in the background: TestEvent: No',
      "onError of driver 'AsyncDriver' threw: Broken callback",
    ]);
    const next = new TestEvent();
    await driver.dispatch(next);
    await driver.drain();
    expect(next.runs).toBe(1);
  });

  it('what onError rejects with, where it is asynchronous, is logged as well', async () => {
    const onError = jest.fn((): unknown => Promise.reject(new Error('Broken callback')));
    const driver = limited({ background: true, onError });
    await driver.dispatch(alwaysFailing(new Error('No')));
    await driver.drain();
    await settle();
    expect(logs.at(-1)!.message).toBe("onError of driver 'AsyncDriver' threw: Broken callback");
  });

  it('an event that dispatches to the driver that runs it waits for its turn', async () => {
    const driver = limited({ background: true, maxConcurrency: 1 });
    const log: string[] = [];
    const inner = new TestEvent(async () => log.push('inner'));
    const outer = new TestEvent(async () => {
      await driver.dispatch(inner);
      log.push('outer');
    });
    await driver.dispatch(outer);
    await driver.drain();
    expect(log).toEqual(['outer', 'inner']);
  });
});

describe('drain()', () => {
  it('resolves at once where nothing is pending', async () => {
    await expect(limited({ background: true }).drain()).resolves.toBeUndefined();
  });

  it('resolves, for all who wait, only once everything is done, also what fails or comes meanwhile', async () => {
    const driver = limited({ background: true, maxConcurrency: 1 });
    const [first, second] = [pausing(), pausing()];
    await driver.dispatch(first.event);
    let drained = 0;
    const all = [driver.drain(), driver.drain()].map((drain) => drain.then(() => drained++));
    await driver.dispatch(second.event);
    first.fail(new Error('No'));
    await settle();
    expect(drained).toBe(0);
    second.finish();
    await Promise.all(all);
    expect(drained).toBe(2);
  });

  it('waits for each time that the same event was dispatched', async () => {
    const driver = limited({ background: true });
    const [first, second] = [pausing(), pausing()];
    const runs = [first.event, second.event];
    const event = new TestEvent(() => runs.shift()!.execute());
    await driver.dispatch(event);
    await driver.dispatch(event);
    expect(driver.getPending()).toEqual([event, event]);
    let isDrained = false;
    const drain = driver.drain().then(() => (isDrained = true));
    first.finish();
    await settle();
    expect(driver.getPending()).toEqual([event]);
    expect(isDrained).toBe(false);
    second.finish();
    await drain;
  });

  it('can be called again later', async () => {
    const driver = limited({ background: true });
    for (let round = 0; round < 2; round++) {
      const { event, finish } = pausing();
      await driver.dispatch(event);
      let isDrained = false;
      const drain = driver.drain().then(() => (isDrained = true));
      await settle();
      expect(isDrained).toBe(false);
      finish();
      await drain;
    }
  });
});

describe('close()', () => {
  it('drains, and refuses what comes after it', async () => {
    const driver = limited({ background: true });
    const { event, finish } = pausing();
    await driver.dispatch(event);
    const closed = driver.close();
    const late = new TestEvent();
    const error = await rejectionOf(driver.dispatch(late));
    expect(error).toBeInstanceOf(DriverClosedError);
    expect(error).toMatchObject({
      code: 'EVENTS_DRIVER_CLOSED',
      message: "Driver 'AsyncDriver' is closed: the application is shutting down.",
    });
    finish();
    await closed;
    expect([event.runs, late.runs]).toEqual([1, 0]);
  });

  it('leaves the foreground open, where the caller waits anyway', async () => {
    const driver = limited({});
    await driver.close();
    await expect(driver.dispatch(new TestEvent())).resolves.toBeUndefined();
  });
});

describe('its capabilities', () => {
  it('are to bound by itself how many run', () => {
    expect(new AsyncDriver().capabilities).toEqual({ durable: false, concurrent: true });
  });

  it('are durable around a durable driver', () => {
    const driver = connected(new AsyncDriver(), { driver: 'queue' }, { queue: new StoringDriver() });
    expect(driver.capabilities).toEqual({ durable: true, concurrent: true });
  });
});

describe('options that it cannot work with', () => {
  const invalid: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    ...[0, -1, 1.5, NaN, Infinity].map(
      (value) =>
        [{ maxConcurrency: value }, `maxConcurrency must be a whole number from 1, not ${value}`] as const,
    ),
    [{ maxConcurrency: '5' }, "maxConcurrency must be a whole number from 1, not '5'"],
    ...[-1, 0.5, NaN, -Infinity].map(
      (value) =>
        [
          { maxQueueSize: value },
          `maxQueueSize must be a whole number from 0, or Infinity, not ${value}`,
        ] as const,
    ),
    [{ background: 1 }, 'background must be true or false, not 1'],
    [{ onError: {} }, 'onError must be a function, not {}'],
    [{ driver: '' }, "driver must be a non-empty string, not ''"],
    [
      { concurrency: 5 },
      "'concurrency' is no option; there are maxConcurrency, maxQueueSize, background, onError, driver",
    ],
  ];

  itRefuses(AsyncDriver, invalid);

  it('are not the extremes of what it can', () => {
    expect(() => limited({ maxConcurrency: 1, maxQueueSize: 0 })).not.toThrow();
    expect(() => limited({ maxConcurrency: 1_000_000, maxQueueSize: Infinity })).not.toThrow();
  });
});
