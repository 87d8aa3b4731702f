import { countTimers, watchTimers } from '../../support/drivers.js';
import { Client } from 'pg';
import { ListenSession } from '../../../lib/pg-boss/postgres/listen-session.js';
import { openPostgresDatabase, type OpenedPostgres } from '../../../lib/pg-boss/postgres/index.js';
import { DATABASE_URL, describePostgres, terminateConnections, useSchema } from '../../support/postgres.js';
import { until } from '../../support/until.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const HEARTBEAT_MS = 50;
const TIMEOUT_MS = 1000;

describePostgres('listening to a channel of PostgreSQL', () => {
  const schema = useSchema();
  const channel = `${schema.name}."quoted"`;
  let proxy: TcpProxy;
  let database: OpenedPostgres;
  let errors: unknown[];
  let received: string[];
  let subscriptions: number;

  beforeEach(async () => {
    errors = [];
    received = [];
    subscriptions = 0;
    proxy = await TcpProxy.openFor(DATABASE_URL);
    database = openPostgresDatabase({
      connection: proxy.through(DATABASE_URL),
      applicationName: schema.name,
      timeoutMs: TIMEOUT_MS,
      heartbeatMs: HEARTBEAT_MS,
      onError: (error) => errors.push(error),
    });
  });

  afterEach(async () => {
    await database.close(1000);
    await proxy.close();
  });

  const listen = () =>
    database.db.listen!(
      channel,
      (payload) => received.push(payload),
      () => subscriptions++,
    );

  async function notify(payload: string): Promise<void> {
    await schema.query('SELECT pg_notify($1, $2)', [channel, payload]);
    await until('it is heard', () => received.includes(payload));
  }

  it('hears what is announced, and says that it is subscribed', async () => {
    const subscription = await listen();
    expect(subscriptions).toBe(1);
    await notify('one');
    await subscription.close();
    expect(received).toEqual(['one']);
  });

  it('is subscribed anew after the server has ended the connection', async () => {
    await listen();
    await terminateConnections(schema, schema.name);
    await until('it has subscribed again', () => subscriptions === 2);
    await notify('again');
    expect(errors).toHaveLength(1);
  });

  it('notices that nothing arrives any more, which nobody tells it, and is subscribed anew', async () => {
    await listen();
    proxy.blackholeWhereSent('LISTEN');
    await until('it has subscribed again', () => subscriptions === 2);
    await notify('again');
    expect(errors).toMatchObject([{ code: 'EVENTS_STORE_TIMEOUT' }]);
  });

  it('tries again, but not at once, until the server is back', async () => {
    await listen();
    proxy.refuse();
    await until('it has tried to connect', () => proxy.attempts.length === 5);
    const gaps = proxy.attempts.slice(1).map((at, index) => at - proxy.attempts[index]!);
    expect(Math.min(...gaps)).toBeGreaterThan(45);
    expect(Math.max(...gaps)).toBeGreaterThan(200);
    expect(subscriptions).toBe(1);
    proxy.forward();
    await until('it has subscribed again', () => subscriptions === 2);
    await notify('back');
  });

  it('notices that it is no longer subscribed although the connection works', async () => {
    const clients: Client[] = [];
    const session = new ListenSession({
      channel,
      name: 'the server',
      timeoutMs: TIMEOUT_MS,
      heartbeatMs: HEARTBEAT_MS,
      createClient: () => {
        const client = new Client({ connectionString: DATABASE_URL });
        client.on('error', () => undefined);
        clients.push(client);
        return client;
      },
      onNotification: (payload) => received.push(payload),
      onReconnect: () => subscriptions++,
      onError: (error) => errors.push(error),
    });
    await session.open();
    await clients[0]!.query('UNLISTEN *');
    await until('it has subscribed again', () => subscriptions === 2);
    expect(errors).toMatchObject([{ message: 'the server has lost the subscription to a channel.' }]);
    await notify('again');
    await session.close();
  });

  it('rejects where the first connection cannot be made, and leaves nothing behind', async () => {
    proxy.blackhole();
    await expect(listen()).rejects.toMatchObject({ code: 'EVENTS_STORE_TIMEOUT' });
    proxy.forward();
    await until('the connections are so many', () => proxy.size === 0);
    expect(subscriptions).toBe(0);
  });

  it('is closed in bounded time although nothing arrives any more', async () => {
    const subscription = await listen();
    proxy.blackhole();
    const started = performance.now();
    await subscription.close();
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('is closed for good while it is being subscribed anew', async () => {
    const timers = watchTimers();
    const subscription = await listen();
    proxy.blackhole();
    proxy.reset();
    await until('it has tried to connect', () => proxy.attempts.length === 2);
    await subscription.close();
    await until('nothing waits any more', () => countTimers() === timers, 2 * TIMEOUT_MS);
    expect(proxy.attempts).toHaveLength(2);
  });

  it('ends with the database', async () => {
    await listen();
    await database.close(1000);
    await until('the connections are so many', () => proxy.size === 0);
    await expect(listen()).rejects.toMatchObject({ code: 'EVENTS_STORE_CLOSED' });
  });
});
