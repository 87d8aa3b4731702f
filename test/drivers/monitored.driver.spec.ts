import { jest } from '@jest/globals';
import { type DeliveryMetrics, MonitoredDriver, type MonitoredDriverOptions } from 'nestjs-event-drivers';
import { MetricsRecorder } from '../../lib/drivers/metrics.js';
import {
  alwaysFailing,
  connected,
  ListenerTestEvent,
  pausing,
  rejectionOf,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
  fakeTimers,
} from '../support/drivers.js';

const NOTHING: DeliveryMetrics = {
  totalDispatches: 0,
  successfulDispatches: 0,
  failedDispatches: 0,
  averageExecutionTime: 0,
  minExecutionTime: 0,
  maxExecutionTime: 0,
  percentiles: { p50: 0, p90: 0, p95: 0, p99: 0 },
};

afterEach(() => {
  jest.useRealTimers();
});

function monitored(options: MonitoredDriverOptions = {}): MonitoredDriver {
  return connected(new MonitoredDriver(), options);
}

/** An event of a given name. */
function named(name: string): TestEvent {
  return new (class extends TestEvent {
    override getName = () => name;
  })();
}

/** Dispatches events that take so many milliseconds, by a clock that the test advances. */
async function dispatchTaking(driver: MonitoredDriver, times: readonly number[]): Promise<void> {
  fakeTimers();
  for (const time of times) await driver.dispatch(new TestEvent(async () => jest.advanceTimersByTime(time)));
}

it('has measured nothing at first', () => {
  expect(new MonitoredDriver().getMetrics()).toEqual({ ...NOTHING, inFlight: 0, events: {}, listeners: {} });
});

it('counts what succeeds and what fails, and passes the error on', async () => {
  const driver = monitored();
  const error = new Error('No');
  await driver.dispatch(new TestEvent());
  await driver.dispatch(new TestEvent());
  expect(await rejectionOf(driver.dispatch(alwaysFailing(error)))).toBe(error);
  expect(driver.getMetrics()).toMatchObject({
    totalDispatches: 3,
    successfulDispatches: 2,
    failedDispatches: 1,
    inFlight: 0,
  });
});

it.each(THROWN_VALUES)('counts %s that was thrown as a failure', async (_, value) => {
  const driver = monitored();
  await driver.dispatch(alwaysFailing(value)).catch(() => undefined);
  expect(driver.getMetrics()).toMatchObject({ failedDispatches: 1, successfulDispatches: 0, inFlight: 0 });
});

it('counts a synchronous throw as a failure', async () => {
  const driver = monitored();
  const event = new TestEvent(() => {
    throw new Error('Thrown');
  });
  await rejectionOf(driver.dispatch(event));
  expect(driver.getMetrics()).toMatchObject({ failedDispatches: 1, inFlight: 0 });
});

it('counts what is running as dispatched and in flight, but neither as succeeded nor as failed', async () => {
  const driver = monitored();
  const { event, finish } = pausing();
  const done = driver.dispatch(event);
  expect(driver.getMetrics()).toMatchObject({
    totalDispatches: 1,
    successfulDispatches: 0,
    failedDispatches: 0,
    inFlight: 1,
  });
  finish();
  await done;
  expect(driver.getMetrics()).toMatchObject({ successfulDispatches: 1, inFlight: 0 });
});

describe('times', () => {
  it('are measured by their average, shortest and longest', async () => {
    const driver = monitored();
    await dispatchTaking(driver, [10, 20, 60]);
    expect(driver.getMetrics()).toMatchObject({
      averageExecutionTime: 30,
      minExecutionTime: 10,
      maxExecutionTime: 60,
    });
  });

  it('include those of failures', async () => {
    fakeTimers();
    const driver = monitored();
    const event = new TestEvent(async () => {
      jest.advanceTimersByTime(40);
      throw new Error('No');
    });
    await rejectionOf(driver.dispatch(event));
    expect(driver.getMetrics()).toMatchObject({ averageExecutionTime: 40, maxExecutionTime: 40 });
  });

  it('have percentiles that are right to about one per cent', async () => {
    const driver = monitored();
    const times = Array.from({ length: 100 }, (_, index) => index + 1);
    await dispatchTaking(driver, [...times.slice(50), ...times.slice(0, 50)]);
    const { percentiles } = driver.getMetrics();
    for (const [key, expected] of [
      ['p50', 50],
      ['p90', 90],
      ['p95', 95],
      ['p99', 99],
    ] as const) {
      expect(Math.abs(percentiles[key] - expected) / expected).toBeLessThan(0.01);
    }
  });

  it('have percentiles that are never longer than the longest time', async () => {
    const driver = monitored();
    await dispatchTaking(driver, [1, 2, 1001]);
    const { percentiles, maxExecutionTime } = driver.getMetrics();
    expect(maxExecutionTime).toBe(1001);
    expect(percentiles.p99).toBeLessThanOrEqual(1001);
    expect(percentiles.p99).toBeGreaterThan(990);
  });

  it('of more than an hour are counted as they are, except in the percentiles', () => {
    const recorder = new MetricsRecorder();
    recorder.start();
    recorder.end(2 * 3_600_000, true);
    const { maxExecutionTime, percentiles } = recorder.read();
    expect(maxExecutionTime).toBe(7_200_000);
    expect(percentiles.p50).toBeGreaterThan(3_500_000);
    expect(percentiles.p50).toBeLessThan(3_700_000);
  });

  it('of nothing at all can be recorded', () => {
    const recorder = new MetricsRecorder();
    recorder.start();
    recorder.end(0, true);
    expect(recorder.read()).toMatchObject({ averageExecutionTime: 0, percentiles: { p50: 0, p99: 0 } });
  });
});

describe('series', () => {
  it('are kept for each event by its name', async () => {
    const driver = monitored();
    await driver.dispatch(named('a'));
    await driver.dispatch(named('b'));
    await driver.dispatch(named('b'));
    const { events, listeners } = driver.getMetrics();
    expect(events).toMatchObject({ a: { totalDispatches: 1 }, b: { totalDispatches: 2 } });
    expect(listeners).toEqual({});
  });

  it('are kept for each listener by its id', async () => {
    const driver = monitored();
    await driver.dispatch(new ListenerTestEvent('Mailer.send'));
    await rejectionOf(
      driver.dispatch(new ListenerTestEvent('Audit.log', () => Promise.reject(new Error('No')))),
    );
    expect(driver.getMetrics()).toMatchObject({
      events: { ListenerTestEvent: { totalDispatches: 2, failedDispatches: 1 } },
      listeners: {
        'Mailer.send': { successfulDispatches: 1, failedDispatches: 0 },
        'Audit.log': { successfulDispatches: 0, failedDispatches: 1 },
      },
    });
  });

  it('that are more than maxSeries are measured together, and the total stays right', async () => {
    const driver = monitored({ maxSeries: 2 });
    for (let index = 0; index < 10; index++) {
      await driver.dispatch(named(`event ${index}`));
      await driver.dispatch(new ListenerTestEvent(`listener ${index}`));
    }
    const { events, listeners, totalDispatches } = driver.getMetrics();
    expect(totalDispatches).toBe(20);
    expect(Object.keys(events)).toEqual(['event 0', 'ListenerTestEvent', '(other)']);
    expect(events['(other)']).toMatchObject({ totalDispatches: 9 });
    expect(Object.keys(listeners)).toEqual(['listener 0', 'listener 1', '(other)']);
    expect(listeners['(other)']).toMatchObject({ totalDispatches: 8 });
  });

  it('are a thousand by default', async () => {
    const driver = new MonitoredDriver();
    for (let index = 0; index < 1010; index++) await driver.dispatch(named(`event ${index}`));
    const { events } = driver.getMetrics();
    expect(Object.keys(events)).toHaveLength(1001);
    expect(events['(other)']).toMatchObject({ totalDispatches: 10 });
  });

  it('may have the names of what every object has', async () => {
    const driver = monitored();
    await driver.dispatch(named('__proto__'));
    await driver.dispatch(named('constructor'));
    const { events } = driver.getMetrics();
    expect(Object.keys(events)).toEqual(['__proto__', 'constructor']);
  });
});

describe('getMetrics()', () => {
  it('returns a copy that does not change', async () => {
    const driver = monitored();
    await driver.dispatch(new TestEvent());
    const metrics = driver.getMetrics();
    await driver.dispatch(new TestEvent());
    expect(metrics).toMatchObject({ totalDispatches: 1, events: { TestEvent: { totalDispatches: 1 } } });
  });

  it('returns what can be sent as JSON without a loss', async () => {
    const driver = monitored();
    await driver.dispatch(new ListenerTestEvent('Mailer.send'));
    const metrics = driver.getMetrics();
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
  });
});

describe('reset()', () => {
  it('starts again from zero', async () => {
    const driver = monitored();
    await driver.dispatch(new ListenerTestEvent('Mailer.send'));
    driver.reset();
    expect(driver.getMetrics()).toEqual({ ...NOTHING, inFlight: 0, events: {}, listeners: {} });
    await driver.dispatch(new TestEvent());
    expect(driver.getMetrics().totalDispatches).toBe(1);
  });

  it('leaves what is running in flight, and counts it no more once it ends', async () => {
    const driver = monitored();
    const { event, finish } = pausing();
    const done = driver.dispatch(event);
    driver.reset();
    expect(driver.getMetrics()).toEqual({ ...NOTHING, inFlight: 1, events: {}, listeners: {} });
    finish();
    await done;
    expect(driver.getMetrics()).toEqual({ ...NOTHING, inFlight: 0, events: {}, listeners: {} });
  });
});

describe('options that it cannot work with', () => {
  const invalid: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    ...[0, -1, 2.5, NaN, Infinity].map(
      (maxSeries) => [{ maxSeries }, `maxSeries must be a whole number from 1, not ${maxSeries}`] as const,
    ),
    [{ maxSeries: '10' }, "maxSeries must be a whole number from 1, not '10'"],
    [{ driver: [] }, 'driver must be a non-empty string, not []'],
    [{ series: 10 }, "'series' is no option; there are maxSeries, driver"],
  ];

  itRefuses(MonitoredDriver, invalid);
});
