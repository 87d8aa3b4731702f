import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { BaseEvent, Event, OnEvent, type StoredDelivery } from 'nestjs-event-drivers';
import { Client } from 'pg';
import { uuidv7 } from '../../lib/event/uuidv7.js';
import { Announcements } from '../../lib/pg-boss/announcements.js';
import { closeApps } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onPostgres, type PostgresStore, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

@Event({ name: 'told' })
class Told extends BaseEvent<number> {}

let handled = 0;

class Listener {
  @OnEvent(Told)
  on(): void {
    handled++;
  }
}

const MANY = 20;
const FEW = 3;

const deliveries = (count: number): StoredDelivery[] =>
  Array.from({ length: count }, () => {
    const id = uuidv7();
    return { id, isNew: true, data: { event: 'told', version: 1, eventId: id, payload: 1 }, options: {} };
  });

/** Counts what the server tells those who listen. */
async function listen({ schema }: PostgresStore, queue: string) {
  const channel = `pgboss_${createHash('sha224').update(schema.name).digest('hex').slice(0, 24)}`;
  const client = new Client(DATABASE_URL);
  await client.connect();
  let heard = 0;
  client.on('notification', ({ payload }) => {
    if (payload === queue) heard++;
  });
  await client.query(`LISTEN ${channel}`);
  return {
    /** How many so far; the server has none left then. */
    count: async () => {
      await client.query('SELECT 1');
      return heard;
    },
    end: () => client.end(),
  };
}

afterEach(closeApps);

onPostgres('What is stored in a queue', (store) => {
  const start = async () => {
    const { app, driver } = await startQueue(store, [Listener], {}, { workers: false });
    const queue = driver.getQueues()[0]!;
    const engine = driver.getEngine();
    // What is needed for the statements is asked for with the first one.
    await engine.store(queue, deliveries(1));
    const heard = await listen(store, queue);
    const storeAtOnce = (times: number, count: number) =>
      Promise.all(Array.from({ length: times }, () => engine.store(queue, deliveries(count))));
    return { app, heard, storeAtOnce };
  };

  test('is announced with it where there was nothing just before', async () => {
    const { heard, storeAtOnce } = await start();
    // What was stored at the start is long ago then.
    await delay(20);
    await storeAtOnce(2, 1);
    await expect(heard.count()).resolves.toBeGreaterThanOrEqual(1);
    await until('the other one is announced as well', async () => (await heard.count()) === 2);
    await heard.end();
  });

  test.each([1, MANY])(
    'is announced now and then where there is more and more, %i at a time',
    async (count) => {
      const { heard, storeAtOnce } = await start();
      const rounds = 5;
      for (let round = 0; round < rounds; round++) await storeAtOnce(10, count);
      expect(await heard.count()).toBeLessThan(5 * rounds);
      await heard.end();
    },
  );

  test('is announced before its store is closed', async () => {
    const { app, heard, storeAtOnce } = await start();
    await storeAtOnce(2, MANY);
    await app.close();
    await expect(heard.count()).resolves.toBeGreaterThanOrEqual(2);
    await heard.end();
  });

  test('is all found by who works it, however seldom that looks for what nobody announced', async () => {
    handled = 0;
    const options = { pollIntervalMs: 600_000 };
    const { name } = await startQueue(store, [Listener], options);
    const { events } = await startQueue(store, [Listener], options, { workers: false }, name);
    for (let round = 1; round <= 30; round++) {
      const many = () => Array.from({ length: MANY }, (_, no) => new Told(no));
      for (let no = 0; no < 4; no++) await events.dispatchMany(many());
      for (let no = 0; no < FEW; no++) await events.dispatch(new Told(no));
      await until('all of them are handled', () => handled === round * (4 * MANY + FEW));
    }
  });
});

test('What is stored is announced though a test has faked timers meanwhile', async () => {
  const announcements = new Announcements();
  let announced = 0;
  const announce = async (): Promise<void> => void announced++;
  jest.useFakeTimers({ doNotFake: ['performance'] });
  expect([announcements.mayWait('queue'), announcements.mayWait('queue')]).toEqual([false, true]);
  announcements.add('queue', announce);
  jest.useRealTimers();
  await until('it is announced', () => announced === 1);
});
