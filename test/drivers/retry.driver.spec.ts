import { jest } from '@jest/globals';
import {
  type IBaseEvent,
  type RetryAttempt,
  InvalidEventError,
  InvalidOptionsError,
  InvalidPayloadError,
  RetryDriver,
  type RetryDriverOptions,
  RetryExhaustedError,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { SignalledEvent } from '../../lib/event/signalled-event.js';
import {
  alwaysFailing,
  captureLogs,
  connected,
  countTimers,
  failing,
  type LogLine,
  rejectionOf,
  settle,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
  watchTimers,
} from '../support/drivers.js';

let logs: LogLine[];

beforeEach(() => {
  logs = captureLogs();
});

afterEach(() => {
  jest.useRealTimers();
});

function retrying(options: RetryDriverOptions = {}): RetryDriver {
  return connected(new RetryDriver(), { delayMs: 0, ...options });
}

describe('attempts', () => {
  it('are one where the first succeeds, and nothing is logged', async () => {
    const event = new TestEvent();
    await retrying().dispatch(event);
    expect(event.runs).toBe(1);
    expect(logs).toEqual([]);
  });

  it('go on until one succeeds', async () => {
    const event = failing(new Error('first'), new Error('second'));
    await retrying().dispatch(event);
    expect(event.runs).toBe(3);
  });

  it.each([1, 2, 5])('are %i where maxRetries says so, the first included', async (maxRetries) => {
    const event = alwaysFailing(new Error('Down'));
    await rejectionOf(retrying({ maxRetries }).dispatch(event));
    expect(event.runs).toBe(maxRetries);
  });

  it('are three by default, without options', async () => {
    jest.useFakeTimers();
    const event = alwaysFailing(new Error('Down'));
    const rejection = rejectionOf(new RetryDriver().dispatch(event));
    await jest.runAllTimersAsync();
    expect(await rejection).toBeInstanceOf(RetryExhaustedError);
    expect(event.runs).toBe(3);
  });

  it('are made again after a synchronous throw', async () => {
    let runs = 0;
    const event = new TestEvent(() => {
      if (++runs < 3) throw new Error('Thrown, not rejected');
    });
    await retrying().dispatch(event);
    expect(runs).toBe(3);
  });

  it('are counted for each of several deliveries at a time', async () => {
    const driver = retrying({ maxRetries: 4 });
    const events = [failing(1, 2, 3), failing(), failing(1), failing(1, 2)];
    await Promise.all(events.map((event) => driver.dispatch(event)));
    expect(events.map(({ runs }) => runs)).toEqual([4, 1, 2, 3]);
  });

  it('are made through the driver that it wraps', async () => {
    const inner = { getName: () => 'inner', dispatch: (event: IBaseEvent) => event.execute() };
    const dispatch = jest.spyOn(inner, 'dispatch');
    await retrying().dispatch(failing(new Error('once')));
    expect(dispatch).not.toHaveBeenCalled();
    await connected(new RetryDriver(), { delayMs: 0, driver: 'inner' }, { inner }).dispatch(failing('once'));
    expect(dispatch).toHaveBeenCalledTimes(2);
  });
});

describe('the final error', () => {
  it('says how often it was tried and what it failed with last', async () => {
    const last = new Error('third');
    const error = await rejectionOf(
      retrying().dispatch(failing(new Error('first'), new Error('second'), last)),
    );
    expect(error).toBeInstanceOf(RetryExhaustedError);
    expect(error).toMatchObject({
      name: 'RetryExhaustedError',
      message: 'Event failed after 3 attempts: third',
      code: 'EVENTS_RETRIES_EXHAUSTED',
      eventName: 'TestEvent',
      attempts: 3,
    });
    expect((error as Error).cause).toBe(last);
  });

  it('keeps the whole chain of causes, through two retry drivers as well', async () => {
    const root = new Error('connection refused');
    const thrown = new Error('Could not charge', { cause: root });
    const inner = retrying({ maxRetries: 2 });
    const outer = connected(new RetryDriver(), { delayMs: 0, maxRetries: 2, driver: 'inner' }, { inner });
    const event = alwaysFailing(thrown);
    const error = (await rejectionOf(outer.dispatch(event))) as Error;
    expect(error.message).toBe(
      'Event failed after 2 attempts: Event failed after 2 attempts: Could not charge',
    );
    expect((error.cause as Error).cause).toBe(thrown);
    expect(((error.cause as Error).cause as Error).cause).toBe(root);
    expect(event.runs).toBe(4);
  });

  it.each(THROWN_VALUES)('describes and keeps %s that was thrown', async (_, value, message) => {
    const error = (await rejectionOf(retrying({ maxRetries: 2 }).dispatch(alwaysFailing(value)))) as Error;
    expect(error.message).toBe(`Event failed after 2 attempts: ${message}`);
    expect(Object.is(error.cause, value)).toBe(true);
  });
});

describe('an error that is not worth another attempt', () => {
  class CardDeclined extends UnrecoverableError {}

  it.each([
    new UnrecoverableError('Never'),
    new CardDeclined('Declined'),
    new InvalidEventError({}),
    new InvalidOptionsError('Options', ['wrong']),
    new InvalidPayloadError('event', []),
  ])('is passed on at once if it is a %p', async (thrown) => {
    const event = alwaysFailing(thrown);
    expect(await rejectionOf(retrying().dispatch(event))).toBe(thrown);
    expect(event.runs).toBe(1);
    expect(logs).toEqual([]);
  });

  it('is passed on at once if retryIf declines it', async () => {
    const transient = new Error('transient');
    const permanent = new Error('permanent');
    const event = failing(transient, permanent);
    const seen: unknown[] = [];
    const driver = retrying({
      maxRetries: 5,
      retryIf: (error) => {
        seen.push(error);
        return error === transient;
      },
    });
    expect(await rejectionOf(driver.dispatch(event))).toBe(permanent);
    expect(event.runs).toBe(2);
    expect(new Set(seen)).toEqual(new Set([transient, permanent]));
  });

  it('is passed on as it is where it comes at the last attempt, so that no driver around retries it', async () => {
    const error = new UnrecoverableError('Never');
    expect(await rejectionOf(retrying({ maxRetries: 1 }).dispatch(alwaysFailing(error)))).toBe(error);
    expect(await rejectionOf(retrying().dispatch(failing('once', 'twice', error)))).toBe(error);
    const declined = new Error('Declined');
    const picky = retrying({ maxRetries: 2, retryIf: (thrown) => thrown !== declined });
    expect(await rejectionOf(picky.dispatch(failing('once', declined)))).toBe(declined);
  });

  it('is passed on at once if retryIf throws, which is logged', async () => {
    const error = new Error('Down');
    const event = alwaysFailing(error);
    const driver = retrying({
      retryIf: () => {
        throw new Error('Broken callback');
      },
    });
    expect(await rejectionOf(driver.dispatch(event))).toBe(error);
    expect(event.runs).toBe(1);
    expect(logs).toEqual([
      { level: 'error', message: "retryIf of driver 'RetryDriver' threw: Broken callback" },
    ]);
  });

  it('is an UnrecoverableError even if retryIf would have it retried', async () => {
    const event = alwaysFailing(new UnrecoverableError('Never'));
    await rejectionOf(retrying({ retryIf: () => true }).dispatch(event));
    expect(event.runs).toBe(1);
  });
});

describe('between attempts', () => {
  const waits: ReadonlyArray<readonly [RetryDriverOptions, readonly number[]]> = [
    [{}, [1000, 2000, 3000]],
    [{ delayMs: 50 }, [50, 100, 150]],
    [{ delayMs: 50, backoff: 'linear' }, [50, 100, 150]],
    [{ delayMs: 50, backoff: 'exponential' }, [50, 100, 200]],
    [{ delayMs: 50, backoff: 'fixed' }, [50, 50, 50]],
    [{ delayMs: 50, backoff: 'exponential', maxDelayMs: 120 }, [50, 100, 120]],
  ];

  it.each(waits)('with %p it waits %p milliseconds', async (options, expected) => {
    jest.useFakeTimers();
    const startedAt: number[] = [];
    const event = new TestEvent(async () => {
      startedAt.push(Date.now());
      throw new Error('Down');
    });
    const rejection = rejectionOf(
      connected(new RetryDriver(), { ...options, maxRetries: 4 }).dispatch(event),
    );
    await jest.runAllTimersAsync();
    await rejection;
    expect(startedAt.slice(1).map((time, index) => time - startedAt[index]!)).toEqual(expected);
  });

  it('it waits between half and all of it with jitter, and not the same each time', async () => {
    const delays: number[] = [];
    const driver = retrying({
      maxRetries: 100,
      delayMs: 1,
      backoff: 'fixed',
      jitter: true,
      onRetry: ({ delayMs }) => delays.push(delayMs),
    });
    jest.useFakeTimers();
    const rejection = rejectionOf(driver.dispatch(alwaysFailing('Down')));
    await jest.runAllTimersAsync();
    await rejection;
    expect(delays).toHaveLength(99);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });

  it('it logs the attempt, what it failed with and when the next one is', async () => {
    await retrying({ delayMs: 1 }).dispatch(failing(new Error('flaky'), 'again'));
    expect(logs).toEqual([
      { level: 'warn', message: 'Attempt 1 failed: flaky (event TestEvent, next attempt in 1 ms)' },
      { level: 'warn', message: 'Attempt 2 failed: again (event TestEvent, next attempt in 2 ms)' },
    ]);
  });

  it('it calls onRetry, but not after the last attempt', async () => {
    const attempts: RetryAttempt[] = [];
    const event = alwaysFailing('Down');
    await rejectionOf(retrying({ delayMs: 2, onRetry: (attempt) => attempts.push(attempt) }).dispatch(event));
    expect(attempts).toEqual([
      { event, attempt: 1, error: 'Down', delayMs: 2 },
      { event, attempt: 2, error: 'Down', delayMs: 4 },
    ]);
  });

  it('it carries on if onRetry throws, and logs that', async () => {
    const event = failing('once', 'twice');
    const driver = retrying({
      onRetry: () => {
        throw new Error('Broken callback');
      },
    });
    await driver.dispatch(event);
    await settle();
    expect(event.runs).toBe(3);
    expect(logs.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', message: "onRetry of driver 'RetryDriver' threw: Broken callback" },
      { level: 'error', message: "onRetry of driver 'RetryDriver' threw: Broken callback" },
    ]);
  });
});

it('logs what onRetry rejects with, where it is asynchronous, and carries on', async () => {
  const onRetry = jest.fn((): unknown => Promise.reject(new Error('Broken callback')));
  await retrying({ onRetry }).dispatch(failing('once'));
  await settle();
  expect(logs.at(-1)!.message).toBe("onRetry of driver 'RetryDriver' threw: Broken callback");
});

it('makes no further attempt once the signal of its event is aborted', async () => {
  const caller = new AbortController();
  const event = new TestEvent(async () => {
    caller.abort();
    throw new Error('Interrupted');
  });
  const rejection = await rejectionOf(retrying().dispatch(new SignalledEvent(event, caller.signal)));
  expect(rejection).toMatchObject({ message: 'Interrupted' });
  expect(event.runs).toBe(1);
});

it('rejects with what the last attempt threw if the signal is aborted while it waits for the next', async () => {
  const before = watchTimers();
  const caller = new AbortController();
  // Later than the turn in which the wait begins.
  const driver = retrying({ delayMs: 60_000, onRetry: () => void setTimeout(() => caller.abort(), 50) });
  const event = alwaysFailing(new Error('Down'));
  const rejection = await rejectionOf(driver.dispatch(new SignalledEvent(event, caller.signal)));
  expect(rejection).toMatchObject({ message: 'Down' });
  expect(event.runs).toBe(1);
  expect(countTimers()).toBe(before);
});

it('leaves no timer behind', async () => {
  const before = watchTimers();
  await retrying({ delayMs: 1 }).dispatch(failing('once'));
  await rejectionOf(retrying({ delayMs: 1 }).dispatch(alwaysFailing('Down')));
  expect(countTimers()).toBe(before);
});

it('uses the options that were set last', async () => {
  const driver = retrying({ maxRetries: 2 });
  await rejectionOf(driver.dispatch(alwaysFailing('Down')));
  driver.setOptions({ delayMs: 0, maxRetries: 4 });
  const event = alwaysFailing('Down');
  await rejectionOf(driver.dispatch(event));
  expect(event.runs).toBe(4);
});

describe('options that it cannot work with', () => {
  const maxTimer = 2_147_483_647;
  const invalid: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    [{ maxRetries: 0 }, 'maxRetries must be a whole number from 1, not 0'],
    [{ maxRetries: -1 }, 'maxRetries must be a whole number from 1, not -1'],
    [{ maxRetries: 2.5 }, 'maxRetries must be a whole number from 1, not 2.5'],
    [{ maxRetries: NaN }, 'maxRetries must be a whole number from 1, not NaN'],
    [{ maxRetries: Infinity }, 'maxRetries must be a whole number from 1, not Infinity'],
    [{ maxRetries: '3' }, "maxRetries must be a whole number from 1, not '3'"],
    [{ maxRetries: null }, 'maxRetries must be a whole number from 1, not null'],
    [{ delayMs: -1 }, `delayMs must be a number of milliseconds from 0 to ${maxTimer}, not -1`],
    [{ delayMs: NaN }, `delayMs must be a number of milliseconds from 0 to ${maxTimer}, not NaN`],
    [{ delayMs: Infinity }, `delayMs must be a number of milliseconds from 0 to ${maxTimer}, not Infinity`],
    [
      { delayMs: maxTimer + 1 },
      `delayMs must be a number of milliseconds from 0 to ${maxTimer}, not ${maxTimer + 1}`,
    ],
    [{ maxDelayMs: -5 }, `maxDelayMs must be a number of milliseconds from 0 to ${maxTimer}, not -5`],
    [{ backoff: 'quadratic' }, "backoff must be one of 'linear', 'exponential', 'fixed', not 'quadratic'"],
    [{ jitter: 'yes' }, "jitter must be true or false, not 'yes'"],
    [{ retryIf: true }, 'retryIf must be a function, not true'],
    [{ onRetry: 'log' }, "onRetry must be a function, not 'log'"],
    [{ driver: ' ' }, "driver must be a non-empty string, not ' '"],
    [
      { maxretries: 3 },
      "'maxretries' is no option; there are maxRetries, delayMs, backoff, jitter, maxDelayMs, retryIf, onRetry, driver",
    ],
  ];

  itRefuses(RetryDriver, invalid);

  it('are all listed in one error, and change nothing', () => {
    const driver = retrying({ maxRetries: 2 });
    expect(() => driver.setOptions({ maxRetries: 0, delayMs: -1 })).toThrow(
      /maxRetries must be .*; delayMs must be /,
    );
    expect(driver.getOptions()).toEqual({ maxRetries: 2, delayMs: 0 });
  });

  it('are not those that are undefined', () => {
    expect(() => new RetryDriver().setOptions({ maxRetries: undefined } as never)).not.toThrow();
  });
});
