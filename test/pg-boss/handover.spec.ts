import { AsyncLocalStorage } from 'node:async_hooks';
import { jest } from '@jest/globals';
import type { Db } from 'pg-boss';
import { BaseEvent, Event, OnEvent, type QueueDriver, type StoredDelivery } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import type { PgBossJob } from '../../lib/pg-boss/pg-boss-job.js';
import type { Consumer } from '../../lib/queue/consumer/consumer.js';
import { uuidv7 } from '../../lib/event/uuidv7.js';
import { closeApps } from '../support/app.js';
import { type DatabaseStore, onDatabases, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

@Event({ name: 'handed' })
class Handed extends BaseEvent<{ no: number }> {}

/**
 * All columns of a job but those that no two jobs have in common, and its dead letter queue, which what is plain is named
 * with its last attempt.
 */
const COLUMNS = `to_jsonb(job) - '{id,data,created_on,start_after,keep_until,started_on,heartbeat_on,dead_letter}'::text[] AS columns,
  started_on IS NOT NULL AND heartbeat_on = started_on AND started_on >= created_on AS "isStarted"`;

type Execute = Db['executeSql'];

/** What stands between the engine and its database. */
function intercept(driver: QueueDriver, around: (next: Execute) => Execute): void {
  const { database } = (driver.getEngine() as unknown as { opened: { database: { withDeadline: Function } } })
    .opened;
  const withDeadline = database.withDeadline.bind(database) as (milliseconds: number) => Db;
  database.withDeadline = (milliseconds: number) => {
    const db = withDeadline(milliseconds);
    return { ...db, executeSql: around((text, values) => db.executeSql(text, values)) };
  };
}

interface Opened {
  readonly opened: { getConsumer(queue: string): Pick<Consumer<PgBossJob>, 'handover'> };
}

function hasCaughtUp(driver: QueueDriver, queue: string): boolean {
  const { handover } = (driver.getEngine() as unknown as Opened).opened.getConsumer(queue);
  const hasRoom = handover.reserve(1);
  if (hasRoom) handover.cancel(1);
  return hasRoom;
}

function record(driver: QueueDriver): string[] {
  const statements: string[] = [];
  intercept(driver, (next) => (text, values) => {
    const kind = [
      ['INSERT INTO', text.includes("'active'") ? 'taken' : 'stored'],
      ['SKIP LOCKED', 'fetched'],
      ["state = 'completed'", 'completed'],
    ].find(([part]) => text.includes(part!))?.[1];
    if (kind !== undefined) statements.push(kind);
    return next(text, values);
  });
  return statements;
}

const delivery = (listener: string, isNew: boolean): StoredDelivery => {
  const id = uuidv7();
  const data = { event: 'handed', version: 1, eventId: id, listener, payload: { no: 1 } };
  return { id, data, options: {}, ...(isNew ? { isNew: true } : undefined) };
};

/** Not faked with the others. */
const realImmediate = setImmediate;
const turnOfLoop = () => new Promise((resolve) => realImmediate(resolve));

const settle = (milliseconds = 50) => new Promise((resolve) => setTimeout(resolve, milliseconds));

afterEach(closeApps);

onDatabases('What an idle worker of the same process stores', (store) => {
  const start = async (
    listen: (event: Handed) => unknown,
    { isIdle = true, ...options }: Parameters<typeof startQueue>[2] & { isIdle?: boolean } = {},
    config: Parameters<typeof startQueue>[3] = {},
  ) => {
    class Listener {
      @OnEvent(Handed, { id: 'handed.on' })
      on(event: Handed): unknown {
        return listen(event);
      }
    }
    const started = await startQueue(store, [Listener], { pollIntervalMs: 60_000, ...options }, config);
    const queue = started.driver.getQueues()[0]!;
    // It looks as it starts.
    await settle();
    if (isIdle) await until('it has caught up', () => hasCaughtUp(started.driver, queue));
    const read = (columns: string) => readJobs(store, started.driver, columns, queue);
    return { ...started, queue, read };
  };

  test('is run without being looked for, after its dispatch', async () => {
    const order: string[] = [];
    const { driver, events } = await start(() => order.push('run'));
    const statements = record(driver);
    await events.dispatch(new Handed({ no: 1 }));
    order.push('stored');
    await until('it is recorded', () => statements.includes('completed'));
    expect(order).toEqual(['stored', 'run']);
    expect(statements).toEqual(['taken', 'completed']);
  });

  test('is run and recorded where a test has faked timers meanwhile', async () => {
    let runs = 0;
    const { driver, events } = await start(() => runs++);
    const statements = record(driver);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'performance'] });
    try {
      await events.dispatch(new Handed({ no: 1 }));
      for (let turn = 0; turn < 1000 && statements.length < 2; turn++) await turnOfLoop();
    } finally {
      jest.useRealTimers();
    }
    expect({ runs, statements }).toEqual({ runs: 1, statements: ['taken', 'completed'] });
  });

  test('looks as if it had been fetched', async () => {
    const gate = Promise.withResolvers<void>();
    let running = 0;
    const { driver, queue, read } = await start(() => (running++, gate.promise), { retries: 5 });
    const statements = record(driver);
    await driver.getEngine().store(queue, [delivery('handed.on', true), delivery('handed.on', true)]);
    await driver.getEngine().store(queue, [delivery('handed.on', false)]);
    await until('all run', () => running === 3);
    const rows = await read(COLUMNS);
    gate.resolve();
    expect(statements.slice(0, 3)).toEqual(['taken', 'stored', 'fetched']);
    expect(rows[0]).toMatchObject({ isStarted: true, columns: { state: 'active', retry_limit: 5 } });
    expect(rows).toEqual([rows[0], rows[0], rows[0]]);
  });

  test('is tried again when it fails, and counts as tried', async () => {
    let attempts = 0;
    const { read } = await start(
      () => {
        attempts++;
        throw new Error('never');
      },
      { retries: 1, delayMs: 1, pollIntervalMs: 50 },
    ).then(async ({ events, read }) => {
      await events.dispatch(new Handed({ no: 1 }));
      return { read };
    });
    await until('it was given up', async () => (await read('state'))[0]?.['state'] === 'failed');
    expect(attempts).toBe(2);
  });

  test('does not run in what surrounds its dispatch, and has a payload of its own', async () => {
    const around = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { driver, events } = await start((event) => {
      seen.push([around.getStore(), { ...event.getPayload() }]);
      event.getPayload().no = 99;
    });
    const statements = record(driver);
    const payload = { no: 1 };
    const event = new Handed(payload);
    await around.run('request', () => events.dispatch(event));
    await until('it is recorded', () => statements.includes('completed'));
    expect(seen).toEqual([[undefined, { no: 1 }]]);
    expect(payload).toEqual({ no: 1 });
  });

  test('waits in the queue where there is no room for it, and where it must not be lost before it begins', async () => {
    const gate = Promise.withResolvers<void>();
    const busy = await start(() => gate.promise, { concurrency: 2 });
    const ofBusy = record(busy.driver);
    for (const no of [1, 2, 3]) await busy.events.dispatch(new Handed({ no }));
    expect(ofBusy.filter((kind) => kind !== 'fetched')).toEqual(['taken', 'taken', 'stored']);
    gate.resolve();
    await until('all are done', () => ofBusy.filter((kind) => kind === 'completed').length > 0);

    const once = await start(() => undefined, { retries: 0, isIdle: false });
    const ofOnce = record(once.driver);
    await once.events.dispatch(new Handed({ no: 1 }));
    expect(ofOnce[0]).toBe('stored');
    await until('it is done', () => ofOnce.includes('completed'));
  });

  test('waits in the queue while that is paused', async () => {
    const { driver, events, queues, name } = await start(() => undefined, { pollIntervalMs: 50 });
    await queues.pause(name);
    const statements = record(driver);
    await events.dispatch(new Handed({ no: 1 }));
    expect(statements).toEqual(['stored']);
    await queues.resume(name);
    await until('it is done', () => statements.includes('completed'));
  });

  test('runs after what was stored before, though that has to be looked for', async () => {
    const seen: number[] = [];
    const { driver, queue, events } = await start((event) => seen.push(event.getPayload().no));
    for (let round = 0; round < 5; round++) {
      await driver.getEngine().store(queue, [{ ...delivery('handed.on', false), id: uuidv7() }]);
      await events.dispatch(new Handed({ no: 2 }));
    }
    await until('all have run', () => seen.length === 10);
    expect(seen).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
  });

  test('is given back if the application ends before it begins', async () => {
    let runs = 0;
    const { app, driver, events, queue } = await start(() => runs++);
    const stored = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    intercept(driver, (next) => async (text, values) => {
      const result = await next(text, values);
      if (text.includes("'active'")) {
        stored.resolve();
        await gate.promise;
      }
      return result;
    });
    const client = (driver.getEngine() as PgBossWorkerCreator).getClient<Client>();
    const dispatched = events.dispatch(new Handed({ no: 1 }));
    await stored.promise;
    const before: unknown[] = [];
    intercept(driver, (next) => async (text, values) => {
      const result = await next(text, values);
      if (text.includes("state = 'retry'")) {
        before.push(...(await select(client, store, 'state, started_on', queue)));
      }
      return result;
    });
    const closed = app.close();
    await settle();
    gate.resolve();
    await Promise.all([dispatched, closed]);
    expect(before).toEqual([{ state: 'retry', started_on: null }]);
    expect(runs).toBe(0);
  });

  test('is delivered once though the answer to its storing was lost', async () => {
    let runs = 0;
    const { driver, events, read } = await start(() => runs++, { pollIntervalMs: 50 });
    let isLost = false;
    intercept(driver, (next) => async (text, values) => {
      const result = await next(text, values);
      if (isLost || !text.includes("'active'") || !text.includes('INSERT')) return result;
      isLost = true;
      throw Object.assign(new Error('Connection terminated'), { code: '08006' });
    });
    await events.dispatch(new Handed({ no: 1 }));
    await until('it is done', async () => (await read('state'))[0]?.['state'] === 'completed');
    await settle();
    expect({ isLost, runs }).toEqual({ isLost: true, runs: 1 });
    await expect(read('retry_count')).resolves.toEqual([{ retry_count: 0 }]);
  });
});

interface Client {
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}

function readJobs(store: DatabaseStore, driver: QueueDriver, columns: string, queue: string) {
  return select((driver.getEngine() as PgBossWorkerCreator).getClient<Client>(), store, columns, queue);
}

async function select(client: Client, { schema }: DatabaseStore, columns: string, queue: string) {
  const text = `SELECT ${columns} FROM ${schema?.name ?? 'pgboss'}.job AS job WHERE name = '${queue}'`;
  return (await client.query(text)).rows;
}
