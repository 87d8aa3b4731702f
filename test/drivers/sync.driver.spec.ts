import { InvalidOptionsError, SyncDriver } from 'nestjs-event-drivers';
import { SET_NAME } from '../../lib/driver/base-driver.js';
import { isDirect } from '../../lib/driver/direct.js';
import { alwaysFailing, pausing, rejectionOf, settle, TestEvent, THROWN_VALUES } from '../support/drivers.js';

it('runs the work before dispatch() returns its promise', async () => {
  const event = new TestEvent();
  const done = new SyncDriver().dispatch(event);
  expect(event.runs).toBe(1);
  await done;
});

it('resolves only once the work is done', async () => {
  const { event, finish } = pausing();
  let isDone = false;
  const done = new SyncDriver().dispatch(event).then(() => (isDone = true));
  await settle();
  expect(isDone).toBe(false);
  finish();
  await done;
});

it('rejects with the very error that the work threw', async () => {
  const error = new Error('No');
  await expect(rejectionOf(new SyncDriver().dispatch(alwaysFailing(error)))).resolves.toBe(error);
});

it.each(THROWN_VALUES)('rejects with %s as it was thrown', async (_, value) => {
  const thrown: unknown[] = [];
  await new SyncDriver().dispatch(alwaysFailing(value)).catch((error: unknown) => thrown.push(error));
  expect(thrown).toHaveLength(1);
  expect(Object.is(thrown[0], value)).toBe(true);
});

it('rejects where the work throws synchronously', async () => {
  const event = new TestEvent(() => {
    throw new Error('Thrown, not rejected');
  });
  expect(await rejectionOf(new SyncDriver().dispatch(event))).toMatchObject({
    message: 'Thrown, not rejected',
  });
});

it('resolves with nothing where the work returns no promise, or one of something', async () => {
  await expect(new SyncDriver().dispatch(new TestEvent(() => 5))).resolves.toBeUndefined();
  await expect(new SyncDriver().dispatch(new TestEvent(async () => 5))).resolves.toBeUndefined();
});

it('runs each of many events at once, without a bound', () => {
  const driver = new SyncDriver();
  const events = Array.from({ length: 100 }, () => pausing().event);
  for (const event of events) void driver.dispatch(event);
  expect(events.map(({ runs }) => runs)).toEqual(Array(100).fill(1));
});

it('is marked as direct, and a subclass that overrides dispatch() is not', () => {
  class Counting extends SyncDriver {
    override dispatch(event: TestEvent): Promise<void> {
      return super.dispatch(event);
    }
  }
  expect(isDirect(new SyncDriver())).toBe(true);
  expect(isDirect(new Counting())).toBe(false);
});

it('is known by the name of its class until it is configured under another', () => {
  const driver = new SyncDriver();
  expect(driver.getName()).toBe('SyncDriver');
  driver[SET_NAME]('sync');
  expect(driver.getName()).toBe('sync');
});

it('promises neither to store nor to bound anything', () => {
  expect(new SyncDriver().capabilities).toEqual({ durable: false, concurrent: false });
});

describe('its options', () => {
  it('are undefined until they are set', () => {
    const driver = new SyncDriver();
    expect(driver.getOptions()).toBeUndefined();
    driver.setOptions({});
    expect(driver.getOptions()).toEqual({});
  });

  it('may hold nothing, and the message says so', () => {
    const driver = new SyncDriver();
    expect(() => driver.setOptions({ timeout: 5 } as never)).toThrow(InvalidOptionsError);
    expect(() => driver.setOptions({ timeout: 5 } as never)).toThrow(
      "Options of SyncDriver: 'timeout' is no option; there are none",
    );
  });

  it.each([null, 'fast', 5, []])('must be an object, not %p', (options) => {
    expect(() => new SyncDriver().setOptions(options as never)).toThrow('options must be an object, not ');
  });
});
