import { Injectable } from '@nestjs/common';
import {
  AsyncDriver,
  BaseEvent,
  DebugDriver,
  EventConfig,
  EventService,
  FallbackDriver,
  InvalidEventConfigError,
  MonitoredDriver,
  NestedTooDeepError,
  OnEvent,
  ResilientDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs, rejectionOf } from '../support/drivers.js';
import { until } from '../support/until.js';

class Step extends BaseEvent<{ readonly left: number; readonly driver: string }> {}

/** Dispatches what it hears of again, so often. */
@Injectable()
class Walker {
  heard = 0;
  pause: () => Promise<void> | undefined = () => undefined;

  constructor(private readonly events: EventService) {}

  @OnEvent(Step)
  async walk(step: Step): Promise<void> {
    const { left, driver } = step.getPayload();
    this.heard++;
    const pause = this.pause();
    if (pause !== undefined) await pause;
    if (left > 0) await this.events.dispatch(new Step({ left: left - 1, driver }), driver);
  }
}

const DRIVERS = {
  sync: EventConfig.createConfigDriver(SyncDriver),
  retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 3, delayMs: 1 }),
  background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
  stack: EventConfig.createConfigDriver(DebugDriver, { driver: 'monitored' }),
  monitored: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'fallback' }),
  fallback: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['resilient', 'sync'] }),
  resilient: EventConfig.createConfigDriver(ResilientDriver, { driver: 'timeout' }),
  timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 60_000, driver: 'retry' }),
};

async function start(settings: object = {}) {
  const app = await startApp(syncConfig({ defaultDriver: 'sync', drivers: DRIVERS, ...settings }), [Walker]);
  captureLogs();
  const events = app.get(EventService);
  const dispatch = (left: number, driver = 'sync') => events.dispatch(new Step({ left, driver }), driver);
  return { walker: app.get(Walker), dispatch };
}

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeEach(() => process.on('unhandledRejection', note));
afterEach(async () => {
  await closeApps();
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

it.each(['sync', 'retry', 'stack'])(
  'an event may be dispatched in the listener of another (%s)',
  async (driver) => {
    const { walker, dispatch } = await start();
    await dispatch(999, driver);
    expect(walker.heard).toBe(1000);
  },
);

it.each(['sync', 'retry'])(
  'one that never comes to an end is refused, and not tried again (%s)',
  async (driver) => {
    const { walker, dispatch } = await start();
    const error = await rejectionOf(dispatch(Infinity, driver));
    expect(error).toBeInstanceOf(NestedTooDeepError);
    expect(error).toMatchObject({ code: 'EVENTS_NESTED_TOO_DEEP', eventName: 'Step', maxDepth: 1000 });
    expect((error as Error).message).toMatch(
      /^Event 'Step' was not dispatched: .* 1000 .*maxDepth.*listeners/,
    );
    expect(walker.heard).toBe(1000);
    // Nothing is left of it.
    await dispatch(999, driver);
  },
);

it('there is no limit where the caller is not kept waiting, or something is awaited in between', async () => {
  const { walker, dispatch } = await start();
  await dispatch(10_000, 'background');
  await until('all are heard', () => walker.heard === 10_001);
  walker.pause = () => Promise.resolve();
  await dispatch(10_000);
  expect(walker.heard).toBe(20_002);
});

it.each([3, 100, 150, 10_000])('the limit can be another one, such as %i', async (maxDepth) => {
  const { walker, dispatch } = await start({ maxDepth });
  expect(await rejectionOf(dispatch(maxDepth))).toMatchObject({ maxDepth });
  expect(walker.heard).toBe(maxDepth);
  await dispatch(maxDepth - 1);
  expect(walker.heard).toBe(2 * maxDepth);
});

it('the first hundred are called at once', async () => {
  const { walker, dispatch } = await start();
  const dispatched = dispatch(200);
  expect(walker.heard).toBe(100);
  await dispatched;
  expect(walker.heard).toBe(201);
});

it.each([0, 1_000_001, 2.5, '100'])('a limit of %p is refused', async (maxDepth) => {
  const error = await rejectionOf(start({ maxDepth }));
  expect(error).toBeInstanceOf(InvalidEventConfigError);
  expect((error as Error).message).toContain('maxDepth');
});
