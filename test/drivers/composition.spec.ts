import { jest } from '@jest/globals';
import {
  AsyncDriver,
  BaseDriver,
  DebugDriver,
  type DriverCapabilities,
  EventTimeoutError,
  FallbackDriver,
  type IBaseEvent,
  type IEventDriver,
  MonitoredDriver,
  PostponeError,
  ResilientDriver,
  RetryDriver,
  RetryExhaustedError,
  SyncDriver,
  TimeoutDriver,
  UnrecoverableError,
  type WrappingDriver,
} from 'nestjs-event-drivers';
import {
  alwaysFailing,
  captureLogs,
  connected,
  failing,
  rejectionOf,
  settle,
  StoringDriver,
  TestEvent,
  fakeTimers,
} from '../support/drivers.js';

beforeEach(() => {
  captureLogs();
  fakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const TIMEOUT = 100;

const KINDS = {
  retry: { create: () => new RetryDriver(), options: { maxRetries: 3, delayMs: 10, backoff: 'fixed' } },
  timeout: { create: () => new TimeoutDriver(), options: { timeout: TIMEOUT } },
  async: { create: () => new AsyncDriver(), options: { maxConcurrency: 2 } },
  monitored: { create: () => new MonitoredDriver(), options: {} },
  debug: { create: () => new DebugDriver(), options: {} },
  sync: { create: () => new SyncDriver(), options: {} },
} as const;

type Kind = keyof typeof KINDS;

/** A chain of drivers, each of which wraps the next; the drivers are returned by their names. */
function chain(...kinds: readonly Kind[]): {
  outermost: IEventDriver;
  drivers: Map<Kind, BaseDriver<never>>;
} {
  const drivers = new Map<Kind, BaseDriver<never>>(kinds.map((kind) => [kind, KINDS[kind].create()]));
  for (const [index, kind] of kinds.entries()) {
    const driver = drivers.get(kind)!;
    const inner = kinds[index + 1];
    driver.setOptions({ ...KINDS[kind].options, ...(inner !== undefined && { driver: inner }) } as never);
    if (inner !== undefined) {
      (driver as unknown as WrappingDriver).connect((name) => drivers.get(name as Kind)!);
    }
  }
  return { outermost: drivers.get(kinds[0]!)!, drivers };
}

function metricsOf(drivers: Map<Kind, unknown>): ReturnType<MonitoredDriver['getMetrics']> {
  return (drivers.get('monitored') as MonitoredDriver).getMetrics();
}

/** Runs all timers there are until a promise is settled. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  await jest.runAllTimersAsync();
  return promise;
}

/** Rejects when a signal is aborted. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

/** An event whose work never ends by itself, only when its signal is aborted. */
function endless(): TestEvent {
  return new TestEvent(whenAborted);
}

/** An event whose work ends after the time that a timeout driver gives it. */
function takingTooLong(): TestEvent {
  return new TestEvent(() => new Promise((resolve) => setTimeout(resolve, 250)));
}

const ORDERS: ReadonlyArray<readonly [Kind, Kind, Kind]> = [
  ['retry', 'timeout', 'async'],
  ['retry', 'async', 'timeout'],
  ['timeout', 'retry', 'async'],
  ['timeout', 'async', 'retry'],
  ['async', 'retry', 'timeout'],
  ['async', 'timeout', 'retry'],
];

describe.each(ORDERS)('%s -> %s -> %s', (...order) => {
  it('delivers what succeeds at once', async () => {
    const event = new TestEvent();
    await inTime(chain(...order).outermost.dispatch(event));
    expect(event.runs).toBe(1);
  });

  it('delivers what succeeds at the third attempt', async () => {
    const event = failing('once', 'twice');
    await inTime(chain(...order).outermost.dispatch(event));
    expect(event.runs).toBe(3);
  });

  it('ends in a sync driver as well', async () => {
    const event = failing('once');
    await inTime(chain(...order, 'sync').outermost.dispatch(event));
    expect(event.runs).toBe(2);
  });

  it('gives up after three attempts, with the reason', async () => {
    const event = alwaysFailing(new Error('Down'));
    const error = await inTime(rejectionOf(chain(...order).outermost.dispatch(event)));
    expect(error).toBeInstanceOf(RetryExhaustedError);
    expect(error).toMatchObject({ message: 'Event failed after 3 attempts: Down' });
    expect(event.runs).toBe(3);
  });

  it('stops at once for an UnrecoverableError, which comes through as it is', async () => {
    const error = new UnrecoverableError('Never');
    const event = alwaysFailing(error);
    expect(await inTime(rejectionOf(chain(...order).outermost.dispatch(event)))).toBe(error);
    expect(event.runs).toBe(1);
  });

  it('passes a PostponeError on as it is, at once, whatever is asked of the error', async () => {
    const error = new PostponeError('5m', 'the network has a timeout');
    const always = { retryIf: () => true, classify: () => 'retry' as const, breaker: { failures: 1 } };
    const resilient = connected(new ResilientDriver(), {
      classify: always.classify,
      breaker: always.breaker,
    });
    const stacks = [
      connected(new RetryDriver(), { delayMs: 0, retryIf: always.retryIf }),
      resilient,
      connected(new FallbackDriver(), { drivers: ['a', 'b'] }, { a: new SyncDriver(), b: new SyncDriver() }),
      connected(new RetryDriver(), { driver: 'inner' }, { inner: resilient }),
    ];
    for (const driver of stacks) {
      const event = alwaysFailing(error);
      expect(await rejectionOf(driver.dispatch(event))).toBe(error);
      expect(event.runs).toBe(1);
    }
    expect(resilient.getCircuitState()).toBe('closed');
    expect(await resilient.getFailedStore().list()).toEqual([]);
  });

  it('ends the endless: each attempt if the timeout is inside, all of them if it is outside', async () => {
    const event = endless();
    const error = await inTime(rejectionOf(chain(...order).outermost.dispatch(event)));
    const isInside = order.indexOf('timeout') > order.indexOf('retry');
    const timeout = isInside ? (error as Error).cause : error;
    expect(timeout).toBeInstanceOf(EventTimeoutError);
    expect(event.runs).toBe(isInside ? 3 : 1);
  });

  it('bounds how many run at a time', async () => {
    let running = 0;
    let mostRunning = 0;
    const { outermost } = chain(...order);
    const events = Array.from(
      { length: 10 },
      () =>
        new TestEvent(async () => {
          mostRunning = Math.max(mostRunning, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        }),
    );
    await Promise.all(events.map((event) => outermost.dispatch(event)));
    expect(events.every(({ runs }) => runs === 1)).toBe(true);
    expect(mostRunning).toBe(2);
  });

  it('lets the work dispatch to the same chain', async () => {
    const { outermost } = chain(...order);
    const inner = [new TestEvent(), new TestEvent(), new TestEvent(), new TestEvent()];
    const outer = new TestEvent(() => Promise.all(inner.map((event) => outermost.dispatch(event))));
    await inTime(outermost.dispatch(outer));
    expect(inner.map(({ runs }) => runs)).toEqual([1, 1, 1, 1]);
  });
});

describe('a timeout around a retry', () => {
  it('stops attempts that would come after it', async () => {
    const event = new TestEvent(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      throw new Error('Down');
    });
    const error = await inTime(rejectionOf(chain('timeout', 'retry').outermost.dispatch(event)));
    expect(error).toBeInstanceOf(EventTimeoutError);
    expect(event.runs).toBe(2);
  });

  it.each(['retry', 'resilient'] as const)(
    'ends the wait of a %s driver for its next attempt',
    async (kind) => {
      const monitored = new MonitoredDriver();
      const delays = { maxRetries: 3, delayMs: 60_000 };
      const repeating =
        kind === 'retry'
          ? connected(new RetryDriver(), { ...delays, driver: 'monitored' }, { monitored })
          : connected(new ResilientDriver(), { retry: delays, driver: 'monitored' }, { monitored });
      const driver = connected(new TimeoutDriver(), { timeout: TIMEOUT, driver: 'repeating' }, { repeating });
      const rejection = rejectionOf(driver.dispatch(alwaysFailing(new Error('network'))));
      await jest.advanceTimersByTimeAsync(TIMEOUT);
      expect(await rejection).toBeInstanceOf(EventTimeoutError);
      await settle();
      expect(jest.getTimerCount()).toBe(0);
      expect(monitored.getMetrics()).toMatchObject({ totalDispatches: 1 });
    },
  );

  it('has what was given up kept with the reason of the last attempt', async () => {
    const resilient = connected(new ResilientDriver(), { retry: { delayMs: 60_000 } });
    const driver = connected(new TimeoutDriver(), { timeout: TIMEOUT, driver: 'resilient' }, { resilient });
    await inTime(rejectionOf(driver.dispatch(alwaysFailing(new Error('network')))));
    expect(await resilient.getFailedStore().list()).toMatchObject([{ reason: 'network', attempts: 1 }]);
  });
});

const nestedTimeouts = (outer: number, inner: number): TimeoutDriver =>
  connected(
    new TimeoutDriver(),
    { timeout: outer, driver: 'inner' },
    { inner: connected(new TimeoutDriver(), { timeout: inner }) },
  );

describe('two timeouts', () => {
  it.each([
    [50, 500],
    [500, 50],
  ])('of %i and %i milliseconds let the shorter one decide', async (outer, inner) => {
    const event = endless();
    const error = await inTime(rejectionOf(nestedTimeouts(outer, inner).dispatch(event)));
    expect(error).toMatchObject({ message: "Event execution timeout: 'TestEvent' took longer than 50 ms" });
  });

  it('abort the signal of the work when the outer one is over', async () => {
    let signal: AbortSignal | undefined;
    const event = new TestEvent((given) => ((signal = given), new Promise(() => undefined)));
    const rejection = rejectionOf(nestedTimeouts(50, 500).dispatch(event));
    await jest.advanceTimersByTimeAsync(50);
    await rejection;
    await settle();
    expect(signal?.aborted).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a monitored driver', () => {
  it('around a retry counts a delivery once', async () => {
    const { outermost, drivers } = chain('monitored', 'retry');
    await inTime(outermost.dispatch(failing('once', 'twice')));
    expect(metricsOf(drivers)).toMatchObject({
      totalDispatches: 1,
      successfulDispatches: 1,
      failedDispatches: 0,
    });
  });

  it('inside a retry counts each attempt', async () => {
    const { outermost, drivers } = chain('retry', 'monitored');
    await inTime(outermost.dispatch(failing('once', 'twice')));
    expect(metricsOf(drivers)).toMatchObject({
      totalDispatches: 3,
      successfulDispatches: 1,
      failedDispatches: 2,
    });
  });

  it.each(ORDERS)('around %s -> %s -> %s counts each delivery once, by its outcome', async (...order) => {
    const { outermost, drivers } = chain('monitored', ...order);
    const outcomes = [new TestEvent(), failing('once'), alwaysFailing('Down')].map((event) =>
      outermost.dispatch(event),
    );
    await inTime(Promise.allSettled(outcomes));
    expect(metricsOf(drivers)).toMatchObject({
      totalDispatches: 3,
      successfulDispatches: 2,
      failedDispatches: 1,
      inFlight: 0,
    });
  });

  it.each(ORDERS)('inside %s -> %s -> %s counts each attempt', async (...order) => {
    const { outermost, drivers } = chain(...order, 'monitored');
    await inTime(
      Promise.allSettled([failing('once'), alwaysFailing('Down')].map((e) => outermost.dispatch(e))),
    );
    expect(metricsOf(drivers)).toMatchObject({
      totalDispatches: 5,
      successfulDispatches: 1,
      failedDispatches: 4,
      events: { TestEvent: { totalDispatches: 5 } },
    });
  });

  it('around a timeout measures until the timeout, and inside it until the work ends', async () => {
    const outside = chain('monitored', 'timeout');
    await inTime(rejectionOf(outside.outermost.dispatch(takingTooLong())));
    expect(metricsOf(outside.drivers)).toMatchObject({ failedDispatches: 1, maxExecutionTime: TIMEOUT });
    const inside = chain('timeout', 'monitored');
    await inTime(rejectionOf(inside.outermost.dispatch(takingTooLong())));
    expect(metricsOf(inside.drivers)).toMatchObject({ successfulDispatches: 1, maxExecutionTime: 250 });
  });

  it('around a driver that works in the background counts what was accepted', async () => {
    const background = connected(new AsyncDriver(), { background: true });
    const driver = connected(new MonitoredDriver(), { driver: 'background' }, { background });
    await driver.dispatch(alwaysFailing('No'));
    await background.drain();
    expect(driver.getMetrics()).toMatchObject({ successfulDispatches: 1, failedDispatches: 0 });
    expect(background.getFailureCount()).toBe(1);
  });

  it('around a fallback counts once, and inside it each driver that was tried', async () => {
    const [first, second] = [new MonitoredDriver(), new MonitoredDriver()];
    const fallback = connected(new FallbackDriver(), { drivers: ['first', 'second'] }, { first, second });
    const outer = connected(new MonitoredDriver(), { driver: 'fallback' }, { fallback });
    await outer.dispatch(failing('once'));
    expect(outer.getMetrics()).toMatchObject({ totalDispatches: 1, successfulDispatches: 1 });
    expect(first.getMetrics()).toMatchObject({ totalDispatches: 1, failedDispatches: 1 });
    expect(second.getMetrics()).toMatchObject({ totalDispatches: 1, successfulDispatches: 1 });
  });
});

describe('a resilient driver', () => {
  it('around a timeout retries what took too long, and keeps it in the end', async () => {
    const driver = connected(
      new ResilientDriver(),
      { driver: 'timeout' },
      { timeout: connected(new TimeoutDriver(), { timeout: TIMEOUT }) },
    );
    const event = endless();
    await inTime(driver.dispatch(event));
    expect(event.runs).toBe(3);
    expect(await driver.getFailedStore().list()).toMatchObject([
      { attempts: 3, reason: `Event execution timeout: 'TestEvent' took longer than ${TIMEOUT} ms` },
    ]);
  });

  it('inside a timeout keeps an event that can be delivered after that timeout', async () => {
    const resilient = connected(new ResilientDriver(), {});
    const driver = connected(new TimeoutDriver(), { timeout: TIMEOUT, driver: 'resilient' }, { resilient });
    const event: TestEvent = new TestEvent((signal): unknown =>
      event.runs === 1 ? whenAborted(signal) : undefined,
    );
    await inTime(rejectionOf(driver.dispatch(event)));
    await expect(resilient.getFailedStore().retry()).resolves.toEqual({ succeeded: 1, failed: 0 });
    expect(event.runs).toBe(2);
  });
});

describe('deliveries that are stored together', () => {
  /** Stores together what it is given together, unless it is told to fail. */
  class Queue extends StoringDriver {
    readonly batches: number[] = [];
    failures = 0;

    async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
      this.batches.push(events.length);
      if (this.failures-- > 0) throw new Error('Down');
      this.stored.push(...events);
    }
  }

  const events = [new TestEvent(), new TestEvent(), new TestEvent()];

  function stack() {
    const queue = new Queue();
    const other = new Queue();
    const fallback = connected(new FallbackDriver(), { drivers: ['queue', 'other'] }, { queue, other });
    const retry = connected(new RetryDriver(), { driver: 'fallback', delayMs: 0 }, { fallback });
    const limit = connected(new TimeoutDriver(), { driver: 'retry', timeout: 1000 }, { retry });
    const debug = connected(new DebugDriver(), { driver: 'limit' }, { limit });
    const monitored = connected(new MonitoredDriver(), { driver: 'debug' }, { debug });
    return { queue, other, monitored };
  }

  it('pass through drivers as they are, each counted', async () => {
    const { queue, other, monitored } = stack();
    await monitored.dispatchMany(events);
    expect([queue.batches, other.batches]).toEqual([[3], []]);
    expect(monitored.getMetrics()).toMatchObject({ successfulDispatches: 3, inFlight: 0 });
  });

  it('are all stored or none, by whichever driver and at whichever attempt', async () => {
    const { queue, other, monitored } = stack();
    [queue.failures, other.failures] = [2, 1];
    await inTime(monitored.dispatchMany(events));
    expect([queue.batches, other.batches]).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect([queue.stored.length, other.stored.length]).toEqual([0, 3]);
    [queue.failures, other.failures] = [9, 9];
    await inTime(rejectionOf(monitored.dispatchMany(events)));
    expect([queue.stored.length, other.stored.length]).toEqual([0, 3]);
    expect(monitored.getMetrics()).toMatchObject({
      successfulDispatches: 3,
      failedDispatches: 3,
      inFlight: 0,
    });
  });

  it('are given one after another to a driver that overrides dispatch() alone, or is spied on', async () => {
    class Counting extends MonitoredDriver {
      seen = 0;

      override dispatch(event: IBaseEvent): Promise<void> {
        this.seen++;
        return super.dispatch(event);
      }
    }
    const queue = new Queue();
    const counting = connected(new Counting(), { driver: 'queue' }, { queue });
    const outer = connected(new MonitoredDriver(), { driver: 'counting' }, { counting });
    await outer.dispatchMany(events);
    expect([counting.seen, queue.batches, queue.stored.length]).toEqual([3, [], 3]);

    const spy = jest.spyOn(queue, 'dispatch');
    await connected(new DebugDriver(), { driver: 'queue' }, { queue }).dispatchMany(events);
    expect([spy.mock.calls.length, queue.batches]).toEqual([3, []]);
  });
});

describe('the capabilities of what is wrapped', () => {
  const WRAPPERS: Readonly<Record<string, () => WrappingDriver>> = {
    async: () => new AsyncDriver(),
    debug: () => new DebugDriver(),
    monitored: () => new MonitoredDriver(),
    resilient: () => new ResilientDriver(),
    retry: () => new RetryDriver(),
  };

  it.each(Object.keys(WRAPPERS))('are those of the %s driver around it', (kind) => {
    const wrap = (driver: string, drivers: Record<string, IEventDriver>) =>
      connected(WRAPPERS[kind]!(), { driver }, drivers);
    expect(wrap('queue', { queue: new StoringDriver() }).capabilities.durable).toBe(true);
    expect(wrap('sync', { sync: new SyncDriver() }).capabilities.durable).toBe(false);
    expect(WRAPPERS[kind]!().capabilities.durable).toBe(false);
  });

  it('come through several drivers', () => {
    const inner = connected(new RetryDriver(), { driver: 'queue' }, { queue: new StoringDriver() });
    const outer = connected(new MonitoredDriver(), { driver: 'inner' }, { inner });
    expect(outer.capabilities.durable).toBe(true);
  });

  it('are without the transaction where it could be over, or aborted, when something is stored', () => {
    class Queue extends StoringDriver {
      override get capabilities(): DriverCapabilities & { concurrent: boolean } {
        return { durable: true, concurrent: false, options: ['delay', 'transaction'] };
      }
    }
    const around = <TOptions extends object>(driver: WrappingDriver<TOptions>, options: TOptions) =>
      connected(driver, { driver: 'queue', ...options }, { queue: new Queue() }).capabilities;
    expect(around(new MonitoredDriver(), {}).options).toEqual(['delay', 'transaction']);
    expect(around(new AsyncDriver(), {}).options).toEqual(['delay', 'transaction']);
    expect(around(new RetryDriver(), {}).options).toEqual(['delay']);
    expect(around(new ResilientDriver(), {}).options).toEqual(['delay']);
    expect(around(new TimeoutDriver(), { timeout: 10 }).options).toEqual(['delay']);
    expect(around(new AsyncDriver(), { background: true })).toEqual({
      durable: false,
      background: true,
      concurrent: true,
      options: ['delay'],
    });
  });

  it('are none for a driver that says nothing of them', () => {
    const silent: IEventDriver = {
      getName: () => 'silent',
      dispatch: (event: IBaseEvent) => event.execute(),
    };
    expect(connected(new RetryDriver(), { driver: 'silent' }, { silent }).capabilities).toEqual({
      durable: false,
      concurrent: false,
    });
  });
});

it('refuses to deliver through a driver that it was not connected to', async () => {
  const driver = new MonitoredDriver();
  driver.setOptions({ driver: 'queue' });
  const event = new TestEvent();
  const error = await rejectionOf(driver.dispatch(event));
  expect(error).toMatchObject({
    name: 'EventDriverException',
    message:
      "Driver 'MonitoredDriver' wraps driver 'queue' but was not connected to it. " +
      "Configure both in EventsModule, or call connect() with a way to find 'queue'.",
  });
  await settle();
  expect(event.runs).toBe(0);
});
