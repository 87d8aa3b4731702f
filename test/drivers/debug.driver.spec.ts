import { jest } from '@jest/globals';
import { DebugDriver, type DebugDriverOptions, SyncDriver } from 'nestjs-event-drivers';
import {
  alwaysFailing,
  captureLogs,
  connected,
  ListenerTestEvent,
  type LogLine,
  rejectionOf,
  TestEvent,
  THROWN_VALUES,
  itRefuses,
  fakeTimers,
} from '../support/drivers.js';

let logs: LogLine[];

beforeEach(() => {
  logs = captureLogs();
});

afterEach(() => {
  jest.useRealTimers();
});

const PAYLOAD_PREFIX = '[DEBUG] Event payload: ';

/** How a payload is logged. */
async function logged(payload: unknown, options: DebugDriverOptions = {}): Promise<string> {
  logs.length = 0;
  await connected(new DebugDriver(), options).dispatch(new TestEvent(undefined, payload));
  const lines = logs.filter(({ message }) => message.startsWith(PAYLOAD_PREFIX));
  expect(lines).toHaveLength(1);
  return lines[0]!.message.slice(PAYLOAD_PREFIX.length);
}

describe('the log of a delivery', () => {
  beforeEach(() => {
    fakeTimers();
  });

  it('has the event, its payload, the options and the outcome with its time', async () => {
    const driver = connected(new DebugDriver(), { maxLength: 100 });
    await driver.dispatch(new TestEvent(async () => jest.advanceTimersByTime(25), { id: 7 }));
    expect(logs).toEqual([
      { level: 'debug', message: '[DEBUG] Dispatching event: TestEvent' },
      { level: 'debug', message: '[DEBUG] Event payload: { id: 7 }' },
      { level: 'debug', message: '[DEBUG] Driver options: { maxLength: 100 }' },
      { level: 'debug', message: '[DEBUG] Event executed successfully: TestEvent (25.0 ms)' },
    ]);
  });

  it('has its first lines before the work begins', async () => {
    let before = 0;
    await new DebugDriver().dispatch(
      new TestEvent(async () => {
        before = logs.length;
      }),
    );
    expect(before).toBe(3);
    expect(logs[2]!.message).toBe('[DEBUG] Driver options: undefined');
  });

  it('has a failure as an error, which is passed on as it is', async () => {
    const error = new Error('No');
    expect(await rejectionOf(new DebugDriver().dispatch(alwaysFailing(error)))).toBe(error);
    expect(logs.at(-1)).toEqual({
      level: 'error',
      message: '[DEBUG] Event execution failed: TestEvent (0.0 ms): No',
    });
    expect(logs).toHaveLength(4);
  });

  it('names the listener', async () => {
    await new DebugDriver().dispatch(new ListenerTestEvent('Mailer.send'));
    expect([logs[0]!.message, logs[3]!.message]).toEqual([
      '[DEBUG] Dispatching event: ListenerTestEvent for Mailer.send',
      '[DEBUG] Event executed successfully: ListenerTestEvent for Mailer.send (0.0 ms)',
    ]);
  });

  it.each(THROWN_VALUES)('has %s that was thrown, which is passed on as it is', async (_, value, message) => {
    const thrown: unknown[] = [];
    await new DebugDriver().dispatch(alwaysFailing(value)).catch((error: unknown) => thrown.push(error));
    expect(thrown).toHaveLength(1);
    expect(Object.is(thrown[0], value)).toBe(true);
    expect(logs.at(-1)!.message).toBe(`[DEBUG] Event execution failed: TestEvent (0.0 ms): ${message}`);
  });

  it('has a synchronous throw as a failure', async () => {
    const event = new TestEvent(() => {
      throw new Error('Thrown');
    });
    await rejectionOf(new DebugDriver().dispatch(event));
    expect(logs.at(-1)).toMatchObject({ level: 'error' });
  });

  it('surrounds the driver that it wraps', async () => {
    const event = new TestEvent();
    await connected(new DebugDriver(), { driver: 'sync' }, { sync: new SyncDriver() }).dispatch(event);
    expect(event.runs).toBe(1);
    expect(logs).toHaveLength(4);
  });
});

describe('the payload in the log', () => {
  it('is without its secrets by default, without options as well', async () => {
    await new DebugDriver().dispatch(
      new TestEvent(undefined, { user: { name: 'Ann', password: 'hunter2' } }),
    );
    expect(logs[1]!.message).toBe("[DEBUG] Event payload: { user: { name: 'Ann', password: '[REDACTED]' } }");
  });

  it('is without what the given paths lead to', async () => {
    const payload = { user: { email: 'a@b.c', id: 1 }, token: 'abc' };
    expect(await logged(payload, { redact: ['user.email'] })).toBe(
      "{ user: { email: '[REDACTED]', id: 1 }, token: '[REDACTED]' }",
    );
  });

  it('is what a given function returns', async () => {
    expect(await logged({ id: 1, password: 'x' }, { redact: () => 'nothing to see' })).toBe(
      "'nothing to see'",
    );
  });

  it('is all that a given function is asked about: the options are not its business', async () => {
    const asked: unknown[] = [];
    const redact = (payload: unknown): string => (asked.push(payload), 'shown');
    expect(await logged({ id: 7 }, { redact })).toBe("'shown'");
    expect(asked).toEqual([{ id: 7 }]);
    expect(logs[2]!.message).toBe('[DEBUG] Driver options: { redact: [Function: redact] }');
  });

  it('is shown whole if redaction is turned off', async () => {
    expect(await logged({ password: 'hunter2' }, { redact: false })).toBe("{ password: 'hunter2' }");
  });

  it.each([undefined, null, 0, 'text', ['a'], true])('may be %p', async (payload) => {
    await new DebugDriver().dispatch(
      new (class extends TestEvent {
        override getPayload = () => payload;
      })(),
    );
    expect(logs[1]!.message).toMatch(/^\[DEBUG\] Event payload: .+$/);
  });

  it('stays on one line, whatever is in it', async () => {
    const line = await logged({
      text: 'first\nsecond\r\n[DEBUG] forged',
      'key\nwith': ['\u001b[31m', '\u2028'],
    });
    for (const character of ['\n', '\r', '\u001b']) expect(line).not.toContain(character);
    expect(line).toContain('first\\nsecond\\r\\n[DEBUG] forged');
  });

  it('stays on one line where it is long or has many parts', async () => {
    const line = await logged(
      { list: Array.from({ length: 90 }, (_, index) => ({ index, text: 'x'.repeat(50) })) },
      { maxLength: 1_000_000 },
    );
    expect(line.length).toBeGreaterThan(5000);
    expect(line).not.toContain('\n');
  });

  it('stays on one line where it holds an error, redacted or not', async () => {
    const payload = { error: new Error('first\nsecond') };
    expect(await logged(payload)).toBe("{ error: { name: 'Error', message: 'first\\nsecond' } }");
    expect(await logged(payload, { redact: false })).not.toMatch(/[\r\n]/);
  });

  it('is cut at 4096 characters by default, and says how many there were', async () => {
    const line = await logged('x'.repeat(6000));
    expect(line).toMatch(/^'x{4095}\.\.\. \(\d+ characters\)$/);
  });

  it('is cut at maxLength, but not if it is just as long', async () => {
    expect(await logged('12345678', { maxLength: 10 })).toBe("'12345678'");
    expect(await logged('123456789', { maxLength: 10 })).toBe("'123456789... (11 characters)");
  });

  it('may be cyclic', async () => {
    const payload: Record<string, unknown> = { name: 'Ann', password: 'hunter2' };
    payload['self'] = payload;
    const line = await logged(payload);
    expect(line).toBe("{ name: 'Ann', password: '[REDACTED]', self: '[Circular]' }");
  });

  it('does not keep the event from running where it cannot be read', async () => {
    const payload = {
      get broken(): string {
        throw new Error('from the getter');
      },
    };
    const event = new TestEvent(undefined, payload);
    await new DebugDriver().dispatch(event);
    expect(event.runs).toBe(1);
    expect(logs[1]!.message).toBe('[DEBUG] Event payload: (cannot be shown: from the getter)');
  });

  it('does not keep the event from running where the given function throws', async () => {
    const options = {
      redact: () => {
        throw new Error('Broken callback');
      },
    };
    expect(await logged({ id: 1 }, options)).toBe('(cannot be shown: Broken callback)');
  });
});

describe('options that it cannot work with', () => {
  const redaction = 'a list of paths, a function, or false';
  const invalid: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    [{ redact: true }, `redact must be ${redaction}, not true`],
    [{ redact: 'password' }, `redact must be ${redaction}, not 'password'`],
    [{ redact: ['a', 5] }, `redact must be ${redaction}, not [ 'a', 5 ]`],
    [{ redact: [''] }, `redact must be ${redaction}, not [ '' ]`],
    ...[0, -1, 1.5, NaN, Infinity].map(
      (maxLength) => [{ maxLength }, `maxLength must be a whole number from 1, not ${maxLength}`] as const,
    ),
    [{ driver: null }, 'driver must be a non-empty string, not null'],
    [{ level: 'debug' }, "'level' is no option; there are redact, maxLength, driver"],
  ];

  itRefuses(DebugDriver, invalid);
});
