import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { BaseEvent, EventsError, OnEvent } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onEachStore, onPostgres, type PostgresStore, type QueueApp, startQueue } from '../support/queue.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

afterEach(closeApps);

class Stored extends BaseEvent<number> {}

@Injectable()
class Listeners {
  @OnEvent(Stored, { id: 'first', queue: 'first' })
  first(): void {}

  @OnEvent(Stored, { id: 'second', queue: 'second' })
  second(): void {}

  @OnEvent(Stored, { id: 'third', queue: 'third' })
  third(): void {}
}

onEachStore('What waits to be stored', (store) => {
  test('is stored by a shutdown, however much there is', async () => {
    const patience = { storeTimeoutMs: 100_000 };
    const { app, events } = await startQueue(store, [], patience, {
      workers: false,
      shutdownTimeoutMs: 100_000,
    });
    const stored = Promise.allSettled(
      Array.from({ length: 9000 }, (_, no) => events.dispatch(new Stored(no))),
    );
    await app.close();
    const refused = (await stored).filter(({ status }) => status === 'rejected');
    expect(refused).toEqual([]);
  });

  test('is not more than a statement can hold', async () => {
    const { events, queues } = await startQueue(
      store,
      [],
      // A busy machine takes its time for as much.
      { storeTimeoutMs: 60_000 },
      { workers: false, events: [Stored] },
    );
    const large = 'x'.repeat(1_000_000);
    await Promise.all(Array.from({ length: 30 }, () => events.dispatch(new Stored(large as never))));
    expect(await queues.count()).toMatchObject([{ ready: 30 }]);
  });
});

onPostgres('A network that swallows', (store) => {
  const proxies: TcpProxy[] = [];
  afterEach(async () => {
    await closeApps();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });

  test('what is stored with and without ordering keys holds up nobody once it is back', async () => {
    const [proxy, { events }] = await startThrough(store, { timeoutMs: 500 });
    const dispatch = (no: number): Promise<void> =>
      events.dispatch(new Stored(no), no % 2 === 0 ? {} : { orderingKey: 'k' });
    await Promise.all([0, 1].map(dispatch));
    proxy.blackhole();
    const swallowed = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(dispatch));
    expect(swallowed.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    proxy.reopen();
    await until('it is stored', () => Promise.all([0, 1].map(dispatch)).then(isTrue, isFalse), 10_000);
  });

  test('the answer leaves it unknown whether it was stored, also when the application ends', async () => {
    const [proxy, { app, events, name }] = await startThrough(store, {}, { shutdownTimeoutMs: 100 });
    proxy.withholdAnswers();
    const dispatched = events.dispatch(new Stored(1)).catch((error: unknown) => error);
    const { schema } = store;
    await until('it is there', async () => {
      const rows = await schema.query(`SELECT 1 FROM ${schema.name}.job WHERE name = $1`, [name]);
      return rows.length === 1;
    });
    await app.close();
    const error = await dispatched;
    expect(EventsError.isInstance(error) && error.code).toBe('EVENTS_OUTCOME_UNKNOWN');
    expect(error).toMatchObject({ message: expect.stringContaining('not known whether') });
  });

  async function startThrough(
    store: PostgresStore,
    options: { timeoutMs?: number },
    config: { shutdownTimeoutMs?: number } = {},
  ): Promise<[TcpProxy, QueueApp]> {
    const proxy = await TcpProxy.openFor(DATABASE_URL);
    proxies.push(proxy);
    const connection = proxy.through(DATABASE_URL);
    const creator = PgBossWorkerCreator.forRoot({ connection, schema: store.schema.name, ...options });
    const { timeoutMs } = options;
    const limits = timeoutMs === undefined ? {} : { storeTimeoutMs: timeoutMs };
    return [proxy, await startQueue({ ...store, creator }, [], limits, { workers: false, ...config })];
  }
});

onPostgres('A transaction', (store) => {
  test('takes what goes to several queues one after another', async () => {
    const { events } = await startQueue(store, [Listeners], {}, { workers: false });
    const client = new Client({ connectionString: DATABASE_URL });
    await client.connect();
    const query = client.query.bind(client) as (...values: unknown[]) => Promise<unknown>;
    let [running, most] = [0, 0];
    client.query = (async (...values: unknown[]) => {
      most = Math.max(most, ++running);
      return query(...values).finally(() => running--);
    }) as never;
    await client.query('BEGIN');
    await Promise.all([1, 2].map((no) => events.dispatch(new Stored(no), { transaction: client })));
    await client.query('COMMIT');
    await client.end();
    expect(most).toBe(1);
  });
});

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;
