import { jest } from '@jest/globals';
import { BaseEvent, Event, OnEvent, UnrecoverableError } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { type Db, PgBoss } from 'pg-boss';
import { closeApps } from '../support/app.js';
import { onDatabases, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

@Event({ name: 'tried' })
class Tried extends BaseEvent<{ no: number }> {}

interface Job {
  readonly state: string;
  readonly deadLetter: string | null;
}

type Fetch = (queue: string, options: { db: Db }) => Promise<unknown[]>;

/** Has pg-boss claim jobs by another statement that does the same, while it is told to. */
function claimInAnotherWay(): { isOn: boolean; readonly queues: string[] } {
  const other = { isOn: true, queues: [] as string[] };
  // oxlint-disable-next-line typescript/unbound-method -- it is called with what it belongs to
  const fetch = PgBoss.prototype.fetch as Fetch;
  const fetchInAnotherWay: Fetch = function (this: PgBoss, queue, { db, ...options }) {
    const executeSql: Db['executeSql'] = (text, values) => {
      if (!other.isOn) return db.executeSql(text, values);
      other.queues.push(queue);
      return db.executeSql(text.replace('THEN retry_count + 1 ', 'THEN 1 + retry_count '), values);
    };
    return fetch.call(this, queue, { ...options, db: { ...db, executeSql } });
  };
  jest.spyOn(PgBoss.prototype, 'fetch').mockImplementation(fetchInAnotherWay as PgBoss['fetch']);
  return other;
}

const fail = () => {
  throw new Error('as always');
};

afterEach(async () => {
  await closeApps();
  jest.restoreAllMocks();
});

onDatabases('The dead letter queue of what may be tried again', (store) => {
  const schema = store.schema?.name ?? 'pgboss';

  const start = async (listen: (no: number) => unknown, retries = 2) => {
    const seen: (string | null)[] = [];
    class Listener {
      @OnEvent(Tried)
      async on(): Promise<void> {
        seen.push((await read())[0]!.deadLetter);
        await listen(seen.length);
      }
    }
    const { driver, events, queues } = await startQueue(store, [Listener], { retries });
    const queue = driver.getQueues()[0]!;
    const client = (driver.getEngine() as PgBossWorkerCreator).getClient<{
      query(text: string, values?: unknown[]): Promise<{ rows: Job[] }>;
    }>();
    const read = async (): Promise<Job[]> => {
      const from = `FROM ${schema}.job WHERE name = $1`;
      return (await client.query(`SELECT state, dead_letter AS "deadLetter" ${from}`, [queue])).rows;
    };
    const { boss } = (driver.getEngine() as unknown as { opened: { boss: PgBoss } }).opened;
    const letters = async (): Promise<number> => (await queues.listFailed()).length;
    return { events, seen, read, letters, boss, queue, client };
  };

  test('is named with its last attempt, and it gets there', async () => {
    const { events, seen, letters } = await start(fail);
    await events.dispatch(new Tried({ no: 1 }));
    await until('it is a dead letter', async () => (await letters()) === 1);
    expect(seen).toEqual([null, null, expect.any(String)]);
  });

  test('is named at once where it is not tried again', async () => {
    const { events, seen, letters } = await start(fail, 0);
    await events.dispatch(new Tried({ no: 1 }));
    await until('it is a dead letter', async () => (await letters()) === 1);
    expect(seen).toEqual([expect.any(String)]);
  });

  test('gets what is given up before', async () => {
    const { events, seen, letters } = await start(() => {
      throw new UnrecoverableError('never');
    });
    await events.dispatch(new Tried({ no: 1 }));
    await until('it is a dead letter', async () => (await letters()) === 1);
    expect(seen).toEqual([null]);
  });

  test('is named with the last attempt by another version of pg-boss, whatever stored it', async () => {
    const other = claimInAnotherWay();
    const { events, seen, letters, queue } = await start(fail);
    // It asks how jobs are claimed, and then claims some.
    await until('it has looked for work', () => other.queues.filter((name) => name === queue).length > 1);
    other.isOn = false;
    await events.dispatch(new Tried({ no: 1 }));
    other.isOn = true;
    await until('it is a dead letter', async () => (await letters()) === 1);
    expect(seen).toEqual([null, null, expect.any(String)]);
  });

  test('is named by what stores for another version of pg-boss', async () => {
    claimInAnotherWay();
    const { events, seen, letters } = await start(fail);
    await events.dispatch(new Tried({ no: 1 }));
    await until('it is a dead letter', async () => (await letters()) === 1);
    expect(seen).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
  });

  test('gets what is lost in its last attempt', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { events, seen, read, letters, boss, queue, client } = await start((no) =>
      no < 3 ? fail() : promise,
    );
    await events.dispatch(new Tried({ no: 1 }));
    await until('it runs for the last time', () => seen.length === 3);
    // As it is to others once its process gives no sign of life.
    const past = `${schema}.job_now() - interval '1 day'`;
    await client.query(
      `UPDATE ${schema}.job SET heartbeat_on = ${past}, started_on = ${past}, heartbeat_seconds = 30 WHERE name = $1`,
      [queue],
    );
    await boss.supervise(queue);
    await until('it is a dead letter', async () => (await letters()) === 1);
    resolve();
    await expect(read()).resolves.toMatchObject([{ state: 'failed' }]);
  });
});
