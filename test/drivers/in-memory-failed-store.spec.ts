import { type FailedDelivery, InMemoryFailedStore } from 'nestjs-event-drivers';
import { captureLogs, type LogLine, pausing, settle } from '../support/drivers.js';

let logs: LogLine[];
let store: InMemoryFailedStore;

beforeEach(() => {
  logs = captureLogs();
  store = new InMemoryFailedStore();
});

function delivery(id: string, overrides: Partial<FailedDelivery> = {}): FailedDelivery {
  return {
    id,
    eventId: `event of ${id}`,
    eventName: 'user.created',
    listenerId: 'Mailer.send',
    payload: { id },
    driverName: 'resilient',
    reason: 'No',
    error: new Error('No'),
    attempts: 1,
    failedAt: new Date(0),
    ...overrides,
  };
}

const redeliver = async (): Promise<void> => undefined;

async function idsOf(filter?: Parameters<InMemoryFailedStore['list']>[0]): Promise<string[]> {
  return (await store.list(filter)).map(({ id }) => id);
}

describe('list()', () => {
  beforeEach(() => {
    store.add(delivery('a'), redeliver);
    store.add(delivery('b', { eventName: 'user.deleted' }), redeliver);
    store.add(delivery('c', { listenerId: undefined }), redeliver);
    store.add(delivery('d'), redeliver);
  });

  it('returns everything without a filter, oldest first', async () => {
    expect(await idsOf()).toEqual(['a', 'b', 'c', 'd']);
    expect(await idsOf({})).toEqual(['a', 'b', 'c', 'd']);
  });

  it('returns what matches every criterion', async () => {
    expect(await idsOf({ id: 'b' })).toEqual(['b']);
    expect(await idsOf({ eventName: 'user.created' })).toEqual(['a', 'c', 'd']);
    expect(await idsOf({ listenerId: 'Mailer.send' })).toEqual(['a', 'b', 'd']);
    expect(await idsOf({ eventName: 'user.created', listenerId: 'Mailer.send' })).toEqual(['a', 'd']);
    expect(await idsOf({ id: 'b', eventName: 'user.created' })).toEqual([]);
  });

  it('returns the oldest so many, of those that match', async () => {
    expect(await idsOf({ limit: 2 })).toEqual(['a', 'b']);
    expect(await idsOf({ limit: 2, eventName: 'user.created' })).toEqual(['a', 'c']);
    expect(await idsOf({ limit: 0 })).toEqual([]);
  });

  it('returns what later changes do not touch', async () => {
    const list = await store.list();
    await store.purge();
    expect(list).toHaveLength(4);
  });
});

describe('retry()', () => {
  it('delivers again in order, and forgets what was delivered', async () => {
    const order: string[] = [];
    for (const id of ['a', 'b', 'c']) store.add(delivery(id), async () => void order.push(id));
    await expect(store.retry()).resolves.toEqual({ succeeded: 3, failed: 0 });
    expect(order).toEqual(['a', 'b', 'c']);
    expect(await idsOf()).toEqual([]);
  });

  it('delivers again only what the filter means', async () => {
    for (const id of ['a', 'b', 'c']) store.add(delivery(id), redeliver);
    await expect(store.retry({ limit: 1 })).resolves.toEqual({ succeeded: 1, failed: 0 });
    await expect(store.retry({ id: 'c' })).resolves.toEqual({ succeeded: 1, failed: 0 });
    await expect(store.retry({ id: 'unknown' })).resolves.toEqual({ succeeded: 0, failed: 0 });
    expect(await idsOf()).toEqual(['b']);
  });

  it('keeps what failed again, with the new error, and goes on with the next', async () => {
    const error = new Error('Again');
    store.add(delivery('a', { attempts: 3 }), () => Promise.reject(error));
    store.add(delivery('b'), redeliver);
    await expect(store.retry()).resolves.toEqual({ succeeded: 1, failed: 1 });
    const [failed, ...others] = await store.list();
    expect(others).toEqual([]);
    expect(failed).toEqual({
      ...delivery('a'),
      error,
      reason: 'Again',
      attempts: 4,
      failedAt: expect.any(Date),
    });
    expect(failed!.failedAt.getTime()).toBeGreaterThan(0);
  });

  it('counts a synchronous throw as a failure', async () => {
    store.add(delivery('a'), () => {
      throw new Error('Thrown');
    });
    await expect(store.retry()).resolves.toEqual({ succeeded: 0, failed: 1 });
    expect(await store.list()).toMatchObject([{ reason: 'Thrown' }]);
  });

  it('can be called again for what failed again', async () => {
    let attempts = 0;
    store.add(delivery('a'), async () => {
      if (++attempts < 3) throw new Error('Not yet');
    });
    const reports = [await store.retry(), await store.retry(), await store.retry(), await store.retry()];
    expect(reports.map(({ succeeded, failed }) => [succeeded, failed])).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
      [0, 0],
    ]);
  });

  it('does not deliver an entry twice where it is called twice at a time', async () => {
    const events = [pausing(), pausing(), pausing()];
    for (const [index, { event }] of events.entries()) store.add(delivery(`${index}`), () => event.execute());
    const both = Promise.all([store.retry(), store.retry()]);
    await settle();
    expect(events.map(({ event }) => event.runs)).toEqual([1, 1, 0]);
    for (const { finish } of events) finish();
    const reports = await both;
    expect(reports.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(3);
    expect(events.map(({ event }) => event.runs)).toEqual([1, 1, 1]);
  });

  it('leaves alone what is added meanwhile', async () => {
    store.add(delivery('a'), async () => store.add(delivery('new'), redeliver));
    await expect(store.retry()).resolves.toEqual({ succeeded: 1, failed: 0 });
    expect(await idsOf()).toEqual(['new']);
  });
});

describe('purge()', () => {
  it('deletes what the filter means, and says how many', async () => {
    for (const id of ['a', 'b', 'c']) store.add(delivery(id), redeliver);
    expect(await store.purge({ id: 'b' })).toBe(1);
    expect(await idsOf()).toEqual(['a', 'c']);
    expect(await store.purge({ id: 'b' })).toBe(0);
    expect(await store.purge()).toBe(2);
    expect(await idsOf()).toEqual([]);
  });

  it('does not count as dropped', async () => {
    store.add(delivery('a'), redeliver);
    await store.purge();
    expect(store.getDroppedCount()).toBe(0);
    expect(logs).toEqual([]);
  });
});

describe('a full store', () => {
  it('drops the oldest, counts it and logs what was lost', async () => {
    store = new InMemoryFailedStore(2);
    for (const id of ['a', 'b', 'c', 'd']) store.add(delivery(id, { reason: `because of ${id}` }), redeliver);
    expect(await idsOf()).toEqual(['c', 'd']);
    expect(store.getDroppedCount()).toBe(2);
    expect(logs).toEqual([
      {
        level: 'error',
        message:
          "The store of failed deliveries is full (2); dropped the oldest: event 'user.created', because of a",
      },
      {
        level: 'error',
        message:
          "The store of failed deliveries is full (2); dropped the oldest: event 'user.created', because of b",
      },
    ]);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('cannot be one that holds %p', (maxSize) => {
    expect(() => new InMemoryFailedStore(maxSize)).toThrow(
      `InMemoryFailedStore: maxSize must be a whole number from 1, not ${maxSize}`,
    );
  });

  it('holds a thousand by default', async () => {
    for (let index = 0; index < 1001; index++) store.add(delivery(`${index}`), redeliver);
    expect(await store.list()).toHaveLength(1000);
    expect(store.getDroppedCount()).toBe(1);
  });
});
