import { jest } from '@jest/globals';
import {
  CircuitOpenError,
  classifyError,
  type ErrorClass,
  EventTimeoutError,
  type FailedStore,
  InMemoryFailedStore,
  ResilientDriver,
  type ResilientDriverOptions,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { SignalledEvent } from '../../lib/event/signalled-event.js';
import {
  alwaysFailing,
  captureLogs,
  connected,
  countTimers,
  failing,
  ListenerTestEvent,
  type LogLine,
  pausing,
  rejectionOf,
  settle,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
  fakeTimers,
  watchTimers,
} from '../support/drivers.js';

let logs: LogLine[];

beforeEach(() => {
  logs = captureLogs();
});

afterEach(() => {
  jest.useRealTimers();
});

function resilient(options: ResilientDriverOptions = {}): ResilientDriver {
  return connected(new ResilientDriver(), { ...options, retry: { delayMs: 0, ...options.retry } });
}

const withCode = (code: string): Error => Object.assign(new Error('Low level'), { code });

describe('classifyError()', () => {
  const cases: ReadonlyArray<readonly [ErrorClass, string, unknown]> = [
    ['retry', 'a refused connection', withCode('ECONNREFUSED')],
    ['retry', 'a connection that was reset', withCode('ECONNRESET')],
    ['retry', 'a timeout of the network', withCode('ETIMEDOUT')],
    ['retry', 'a name that could not be resolved', withCode('EAI_AGAIN')],
    ['retry', 'a fetch() that failed', new TypeError('fetch failed', { cause: withCode('UND_ERR_SOCKET') })],
    ['retry', 'a message about the network', new Error('Network is down')],
    ['retry', 'a message about a timeout', new Error('Lock timeout exceeded')],
    ['retry', 'a string about the network', 'network'],
    ...[408, 425, 429, 502, 503, 504].map(
      (status) =>
        ['retry', `the HTTP status ${status}`, Object.assign(new Error('Low level'), { status })] as const,
    ),
    ['retry', 'a statusCode of 503', Object.assign(new Error('Low level'), { statusCode: 503 })],
    [
      'retry',
      'a response with status 503',
      Object.assign(new Error('Low level'), { response: { status: 503 } }),
    ],
    ...[400, 404, 500].map(
      (status) =>
        [
          'dead-letter',
          `the HTTP status ${status}`,
          Object.assign(new Error('Low level'), { status }),
        ] as const,
    ),
    ['retry', 'the timeout of a driver', new EventTimeoutError('user.created', 5)],
    ['fail', 'an open circuit', new CircuitOpenError('api', 'user.created')],
    ['dead-letter', 'an UnrecoverableError', new UnrecoverableError('network timeout')],
    ['dead-letter', 'any other error', new Error('The address is not valid')],
    ['dead-letter', 'an error with another code', withCode('ENOENT')],
    ['dead-letter', 'an error with a code that is no string', Object.assign(new Error('No'), { code: 7 })],
  ];

  it.each(cases)("says '%s' to %s", (expected, _, error) => {
    expect(classifyError(error)).toBe(expected);
  });

  it.each(THROWN_VALUES)("says 'dead-letter' to %s", (_, value) => {
    expect(classifyError(value)).toBe('dead-letter');
  });
});

describe('an error worth another attempt', () => {
  it('is retried, and nothing is kept if that succeeds', async () => {
    const driver = resilient();
    const event = failing(new Error('network'), new Error('timeout'));
    await driver.dispatch(event);
    expect(event.runs).toBe(3);
    expect(await driver.getFailedStore().list()).toEqual([]);
    expect(logs).toEqual([
      { level: 'warn', message: 'Attempt 1 failed: network (event TestEvent)' },
      { level: 'warn', message: 'Attempt 2 failed: timeout (event TestEvent)' },
    ]);
  });

  it('is kept in the store after three attempts by default, and dispatch() resolves', async () => {
    const driver = resilient();
    const error = new Error('network');
    await driver.dispatch(alwaysFailing(error));
    const [failed] = await driver.getFailedStore().list();
    expect(failed).toMatchObject({ attempts: 3, reason: 'network' });
    expect(failed!.error).toBe(error);
    expect(logs.at(-1)).toEqual({
      level: 'error',
      message: 'Event execution failed: TestEvent: network',
    });
  });

  it('is retried as the options say', async () => {
    fakeTimers();
    const startedAt: number[] = [];
    const event = new TestEvent(async () => {
      startedAt.push(Date.now());
      throw new Error('network');
    });
    const retry = { maxRetries: 4, delayMs: 10, backoff: 'exponential', maxDelayMs: 25 } as const;
    const done = resilient({ retry }).dispatch(event);
    await jest.runAllTimersAsync();
    await done;
    expect(startedAt.map((time) => time - startedAt[0]!)).toEqual([0, 10, 30, 55]);
  });

  it('leaves no timer behind', async () => {
    const before = watchTimers();
    await resilient({ retry: { delayMs: 1 } }).dispatch(alwaysFailing(new Error('network')));
    expect(countTimers()).toBe(before);
  });
});

describe('an error that is not worth another attempt', () => {
  it('is kept in the store at once with all that is known of the delivery', async () => {
    const driver = resilient();
    const error = new Error('The address is not valid');
    const event = new ListenerTestEvent('Mailer.send', () => Promise.reject(error));
    await driver.dispatch(event);
    expect(event.runs).toBe(1);
    expect(await driver.getFailedStore().list()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        eventId: event.getId(),
        eventName: 'ListenerTestEvent',
        listenerId: 'Mailer.send',
        payload: {},
        driverName: 'ResilientDriver',
        reason: 'The address is not valid',
        error,
        attempts: 1,
        failedAt: expect.any(Date),
      },
    ]);
  });

  it('is not retried if it is an UnrecoverableError, whatever classify says', async () => {
    const event = alwaysFailing(new UnrecoverableError('Never'));
    await resilient({ classify: () => 'retry' }).dispatch(event);
    expect(event.runs).toBe(1);
  });

  it.each(THROWN_VALUES)('is kept if it is %s', async (_, value, message) => {
    const driver = resilient();
    await driver.dispatch(alwaysFailing(value));
    const [failed] = await driver.getFailedStore().list();
    expect(failed).toMatchObject({ reason: message, attempts: 1 });
    expect(Object.is(failed!.error, value)).toBe(true);
  });

  it('is kept if it is thrown synchronously', async () => {
    const driver = resilient();
    await driver.dispatch(
      new TestEvent(() => {
        throw new Error('Thrown');
      }),
    );
    expect(await driver.getFailedStore().list()).toMatchObject([{ reason: 'Thrown' }]);
  });
});

describe('classify', () => {
  it("passes on the very error that it says 'fail' to, and keeps nothing", async () => {
    const driver = resilient({ classify: () => 'fail' });
    const error = new Error('network');
    const event = alwaysFailing(error);
    expect(await rejectionOf(driver.dispatch(event))).toBe(error);
    expect(event.runs).toBe(1);
    expect(await driver.getFailedStore().list()).toEqual([]);
  });

  it("has retried whatever it says 'retry' to", async () => {
    const event = failing('odd', 'odder');
    await resilient({ classify: () => 'retry' }).dispatch(event);
    expect(event.runs).toBe(3);
  });

  it('that throws is logged, and the delivery is kept', async () => {
    const driver = resilient({
      classify: () => {
        throw new Error('Broken callback');
      },
    });
    await driver.dispatch(alwaysFailing(new Error('network')));
    expect(await driver.getFailedStore().list()).toMatchObject([{ reason: 'network', attempts: 1 }]);
    expect(logs).toContainEqual({
      level: 'error',
      message: "classify of driver 'ResilientDriver' threw: Broken callback",
    });
  });
});

const down = (): TestEvent => alwaysFailing(new Error('network'));

describe('the circuit', () => {
  const once = { maxRetries: 1 };

  beforeEach(() => {
    fakeTimers();
  });

  /** A driver whose circuit has opened after two failures, for a second. */
  async function opened(options: ResilientDriverOptions = {}): Promise<ResilientDriver> {
    const driver = resilient({ ...options, retry: once, breaker: { failures: 2, resetAfterMs: 1000 } });
    await driver.dispatch(down());
    await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('open');
    return driver;
  }

  it('opens by default after five failures in a row, for thirty seconds', async () => {
    const driver = resilient({ retry: once });
    for (let count = 0; count < 4; count++) await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('closed');
    await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('open');
    jest.advanceTimersByTime(29_999);
    expect(await rejectionOf(driver.dispatch(new TestEvent()))).toBeInstanceOf(CircuitOpenError);
    jest.advanceTimersByTime(1);
    await driver.dispatch(new TestEvent());
    expect(driver.getCircuitState()).toBe('closed');
  });

  it('is opened by failures in a row only', async () => {
    const driver = resilient({ retry: once, breaker: { failures: 2 } });
    for (let round = 0; round < 3; round++) {
      await driver.dispatch(down());
      await driver.dispatch(new TestEvent());
    }
    expect(driver.getCircuitState()).toBe('closed');
  });

  it('counts a delivery once, however often it is attempted', async () => {
    const driver = resilient({ breaker: { failures: 2 }, retry: { maxRetries: 5 } });
    const done = driver.dispatch(down());
    await jest.runAllTimersAsync();
    await done;
    expect(driver.getCircuitState()).toBe('closed');
  });

  it.each(['fail', 'dead-letter'] as const)(
    "does not count what is classified '%s': it says nothing about what the work depends on",
    async (errorClass) => {
      const driver = resilient({ classify: () => errorClass, breaker: { failures: 1 } });
      await driver.dispatch(down()).catch(() => undefined);
      expect(driver.getCircuitState()).toBe('closed');
    },
  );

  it('refuses at once while it is open: nothing is attempted, nothing is kept', async () => {
    const driver = await opened();
    const event = new TestEvent();
    const error = await rejectionOf(driver.dispatch(event));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({
      code: 'EVENTS_CIRCUIT_OPEN',
      message:
        "The circuit breaker of driver 'ResilientDriver' is open after repeated failures; " +
        "event 'TestEvent' was not attempted.",
    });
    expect(event.runs).toBe(0);
    expect(await driver.getFailedStore().list()).toHaveLength(2);
  });

  it('lets one through when its time is over, while the others wait for that', async () => {
    const driver = await opened();
    jest.advanceTimersByTime(1000);
    const trial = pausing();
    const others = [new TestEvent(), new TestEvent()];
    const all = Promise.all([trial.event, ...others].map((event) => driver.dispatch(event)));
    await settle();
    expect(driver.getCircuitState()).toBe('half-open');
    expect([trial.event, ...others].map(({ runs }) => runs)).toEqual([1, 0, 0]);
    trial.finish();
    await all;
    expect(driver.getCircuitState()).toBe('closed');
    expect(others.map(({ runs }) => runs)).toEqual([1, 1]);
  });

  it('opens again if the trial fails, and refuses those who waited for it', async () => {
    const driver = await opened();
    jest.advanceTimersByTime(1000);
    const trial = pausing();
    const trialDone = driver.dispatch(trial.event);
    const other = new TestEvent();
    const refused = rejectionOf(driver.dispatch(other));
    trial.fail(new Error('network'));
    await trialDone;
    expect(await refused).toBeInstanceOf(CircuitOpenError);
    expect(other.runs).toBe(0);
    expect(driver.getCircuitState()).toBe('open');
    jest.advanceTimersByTime(999);
    expect(await rejectionOf(driver.dispatch(other))).toBeInstanceOf(CircuitOpenError);
    jest.advanceTimersByTime(1);
    await driver.dispatch(other);
    expect(driver.getCircuitState()).toBe('closed');
  });

  it('no longer delivers what was aborted while it waited for the trial, nor keeps it', async () => {
    const driver = await opened();
    jest.advanceTimersByTime(1000);
    const trial = pausing();
    const trialDone = driver.dispatch(trial.event);
    const [other, caller, reason] = [new TestEvent(), new AbortController(), new Error('Too late')];
    const rejection = rejectionOf(driver.dispatch(new SignalledEvent(other, caller.signal)));
    caller.abort(reason);
    trial.finish();
    await trialDone;
    expect(await rejection).toBe(reason);
    expect(other.runs).toBe(0);
    expect(await driver.getFailedStore().list()).toHaveLength(2);
  });

  it('needs as many failures as at first to open once more after it has closed', async () => {
    const driver = await opened();
    jest.advanceTimersByTime(1000);
    await driver.dispatch(new TestEvent());
    await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('closed');
    await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('open');
  });

  it('closes if the trial fails for a reason that is not counted, and then needs as many failures as at first', async () => {
    const driver = await opened();
    jest.advanceTimersByTime(1000);
    await driver.dispatch(alwaysFailing(new Error('The address is not valid')));
    expect(driver.getCircuitState()).toBe('closed');
    await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('closed');
    await driver.dispatch(down());
    expect(driver.getCircuitState()).toBe('open');
  });

  it('has what it refuses kept in the store if classify says so', async () => {
    const driver = await opened({
      classify: (error) => (error instanceof CircuitOpenError ? 'dead-letter' : 'retry'),
    });
    await driver.dispatch(new TestEvent());
    expect((await driver.getFailedStore().list()).at(-1)).toMatchObject({ attempts: 0 });
  });
});

describe('the failed store', () => {
  it('delivers again what is retried, and forgets it then', async () => {
    const driver = resilient();
    const event = failing(new Error('No'));
    await driver.dispatch(event);
    await expect(driver.getFailedStore().retry()).resolves.toEqual({ succeeded: 1, failed: 0 });
    expect(event.runs).toBe(2);
    expect(await driver.getFailedStore().list()).toEqual([]);
  });

  it('has one entry, with the new reason, for what failed again', async () => {
    const driver = resilient();
    const event = failing(new Error('first'), new Error('second'));
    await driver.dispatch(event);
    await expect(driver.getFailedStore().retry()).resolves.toEqual({ succeeded: 0, failed: 1 });
    expect(await driver.getFailedStore().list()).toMatchObject([{ reason: 'second' }]);
    await expect(driver.getFailedStore().retry()).resolves.toEqual({ succeeded: 1, failed: 0 });
  });

  it('retries through the circuit', async () => {
    const driver = resilient({ retry: { maxRetries: 1 }, breaker: { failures: 1 } });
    const event = failing(new Error('network'));
    await driver.dispatch(event);
    await expect(driver.getFailedStore().retry()).resolves.toEqual({ succeeded: 0, failed: 1 });
    expect(event.runs).toBe(1);
    expect((await driver.getFailedStore().list())[0]!.error).toBeInstanceOf(CircuitOpenError);
  });

  it('is one in memory by default, for each driver its own', () => {
    const [one, other] = [new ResilientDriver(), new ResilientDriver()];
    expect(one.getFailedStore()).toBeInstanceOf(InMemoryFailedStore);
    expect(one.getFailedStore()).not.toBe(other.getFailedStore());
  });

  it('can be given, and may be shared', async () => {
    const failedStore = new InMemoryFailedStore();
    await resilient({ failedStore }).dispatch(alwaysFailing('one'));
    await resilient({ failedStore }).dispatch(alwaysFailing('two'));
    expect(await failedStore.list()).toMatchObject([{ reason: 'one' }, { reason: 'two' }]);
  });

  it('that cannot keep an entry has dispatch() reject: the delivery is not kept', async () => {
    const full = new Error('Disk full');
    const failedStore: FailedStore = {
      add: () => Promise.reject(full),
      list: async () => [],
      retry: async () => ({ succeeded: 0, failed: 0 }),
      purge: async () => 0,
    };
    expect(await rejectionOf(resilient({ failedStore }).dispatch(alwaysFailing('No')))).toBe(full);
    expect(logs).toContainEqual({
      level: 'error',
      message: 'Event execution failed: TestEvent: No',
    });
  });
});

describe('options that it cannot work with', () => {
  const store = 'an object with add(), list(), retry(), purge()';
  const invalid: ReadonlyArray<readonly [unknown, string]> = [
    [null, 'options must be an object, not null'],
    [{ classify: 'retry' }, "classify must be a function, not 'retry'"],
    [{ failedStore: {} }, `failedStore must be ${store}, not {}`],
    [{ failedStore: null }, `failedStore must be ${store}, not null`],
    [{ retry: 3 }, 'retry must be an object, not 3'],
    [{ retry: null }, 'retry must be an object, not null'],
    [{ retry: { maxRetries: 0 } }, 'retry.maxRetries must be a whole number from 1, not 0'],
    [
      { retry: { delayMs: NaN } },
      'retry.delayMs must be a number of milliseconds from 0 to 2147483647, not NaN',
    ],
    [
      { retry: { retryIf: () => true } },
      "'retry.retryIf' is no option; there are maxRetries, delayMs, backoff, jitter, maxDelayMs",
    ],
    [{ breaker: [] }, 'breaker must be an object, not []'],
    ...[0, -1, 1.5, NaN, Infinity].map(
      (failures) =>
        [
          { breaker: { failures } },
          `breaker.failures must be a whole number from 1, not ${failures}`,
        ] as const,
    ),
    [
      { breaker: { resetAfterMs: 0 } },
      'breaker.resetAfterMs must be a number of milliseconds from 1 to 2147483647, not 0',
    ],
    [{ breaker: { threshold: 5 } }, "'breaker.threshold' is no option; there are failures, resetAfterMs"],
    [{ retries: 3 }, "'retries' is no option; there are classify, retry, breaker, failedStore, driver"],
  ];

  itRefuses(ResilientDriver, invalid);
});
