import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { DATABASE_URL, describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { until } from '../support/until.js';
import { postgresStore } from '../support/stores.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const CAP_MS = 1000;
/** What a process on a busy machine takes to end on top. */
const SLACK_MS = 3000;

describePostgres('SIGTERM', () => {
  const schema = useSchemaOfEach();
  const store = postgresStore(schema);
  let ledgers: LedgerFolder;

  const proxies: TcpProxy[] = [];
  afterEach(() => Promise.all(proxies.splice(0).map((proxy) => proxy.close())));

  async function openProxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.openFor(DATABASE_URL);
    proxies.push(proxy);
    return proxy;
  }

  beforeEach(() => {
    ledgers = new LedgerFolder();
  });

  const start = (options = {}) =>
    ChildApp.start({ ledgers: ledgers.path, store, shutdownTimeoutMs: CAP_MS, ...options });

  const jobs = async (state: string) =>
    (await store.read()).filter((job) => job.name === 'queue' && job.state === state);

  it('lets what is running end, and what that dispatches be stored', async () => {
    const child = await start({ concurrency: 20, shutdownTimeoutMs: 8000 });
    await child.dispatch({
      dispatch: 'a',
      parallel: 20,
      count: 20,
      payload: { behaviour: 'dispatch', ms: 400 },
    });
    await until('all run', () => ledgers.ids('started').length === 20);
    child.signal('SIGTERM');
    const elapsed = await child.hasExited();
    console.info(`ended after ${elapsed.toFixed()} ms, of 8000`);
    expect(child.exitCode).toBe(0);
    expect(elapsed).toBeLessThan(400 + SLACK_MS);
    expect(ledgers.ids('done').filter((id) => !id.endsWith('child'))).toHaveLength(20);
    const stored = (await store.read()).map(({ task }) => task);
    expect(ledgers.ids('acked').filter((id) => !stored.includes(id))).toEqual([]);
    expect(ledgers.ids('acked')).toHaveLength(40);
    expect(await jobs('active')).toEqual([]);
    expect(ledgers.ids('unhandled')).toEqual([]);
  });

  it('gives back what does not end in time, with its attempts, to the next process', async () => {
    const child = await start();
    const payload = { behaviour: 'hang' } as const;
    await child.dispatch({ dispatch: 'b', parallel: 1, count: 5, payload, options: { retries: 0 } });
    await until('all run', () => ledgers.ids('started').length === 5);
    child.signal('SIGTERM');
    const elapsed = await child.hasExited();
    console.info(`ended after ${elapsed.toFixed()} ms, of ${CAP_MS}`);
    expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
    expect(child.exitCode).toBe(0);
    expect(ledgers.read('aborted').map(({ note }) => note)).toEqual(
      Array(5).fill(expect.stringContaining('shutting down')),
    );
    expect((await store.read()).filter(({ name }) => name === 'queue/dead')).toEqual([]);
    expect((await jobs('retry')).map((job) => job.retry_count)).toEqual([0, 0, 0, 0, 0]);

    const next = await start();
    await until('they run again', () => ledgers.ids('started').length === 10);
    expect((await jobs('active')).map((job) => job.retry_count)).toEqual([0, 0, 0, 0, 0]);
    await next.kill();
  });

  it('leaves nothing active while others go on dispatching', async () => {
    const producer = await start({ workers: false });
    producer.tell({ dispatch: 'c', parallel: 4 });
    const worker = await start({ shutdownTimeoutMs: 8000 });
    await until('some are done', () => ledgers.ids('done').length > 100);
    const since = Date.now();
    worker.signal('SIGTERM');
    // As soon as nothing runs, and not only at its limit.
    expect(await worker.hasExited()).toBeLessThan(SLACK_MS);
    expect(await jobs('active')).toEqual([]);
    expect(ledgers.read('started').filter(({ at }) => at > since + 1500)).toEqual([]);
    await producer.kill();
  });

  it('gives back what was being fetched when its time was over', async () => {
    const producer = await start({ workers: false });
    await producer.dispatch({ dispatch: 'f', parallel: 1, count: 3000, batch: 500 });
    const proxy = await openProxy();
    for (let round = 0; round < 3; round++) {
      const child = await start({
        store: { ...store, connection: proxy.through(DATABASE_URL) },
        shutdownTimeoutMs: 1,
        concurrency: 2,
      });
      const before = ledgers.ids('done').length;
      proxy.delay(80);
      await until('some are done', () => ledgers.ids('done').length > before + 40);
      child.signal('SIGTERM');
      await child.hasExited();
      proxy.delay(0);
      expect(await jobs('active')).toEqual([]);
    }
    await producer.kill();
  });

  it.each([0, 3])('ends in time although the server does not answer, with %d running', async (count) => {
    const proxy = await openProxy();
    const child = await start({ store: { ...store, connection: proxy.through(DATABASE_URL) } });
    if (count > 0) {
      await child.dispatch({ dispatch: 'd', parallel: 1, count, payload: { behaviour: 'hang' } });
      await until('all run', () => ledgers.ids('started').length === count);
    }
    proxy.blackhole();
    child.signal('SIGTERM');
    const elapsed = await child.hasExited();
    console.info(`ended after ${elapsed.toFixed()} ms without a server, of ${CAP_MS}, with ${count} running`);
    expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
    expect(child.exitCode).toBe(0);
    expect(ledgers.ids('unhandled')).toEqual([]);
  });

  it('given a second time does not wait any more, and gives back what runs', async () => {
    const child = await start({ shutdownTimeoutMs: 60_000 });
    await child.dispatch({ dispatch: 'e', parallel: 1, count: 1, payload: { behaviour: 'hang' } });
    await until('it runs', () => ledgers.ids('started').length === 1);
    child.signal('SIGTERM');
    // The same signal at the same moment is one.
    child.signal('SIGTERM');
    await delay(500);
    expect(child.isAlive).toBe(true);
    child.signal('SIGTERM');
    const elapsed = await child.hasExited();
    console.info(`ended ${elapsed.toFixed()} ms after the second signal`);
    expect(elapsed).toBeLessThan(SLACK_MS);
    expect(child.exitCode).toBe(0);
    expect((await jobs('retry')).map((job) => job.retry_count)).toEqual([0]);
  });

  it('followed by SIGINT, which nobody hears, ends at once; what ran is for others after the heartbeat', async () => {
    const child = await start({ shutdownTimeoutMs: 60_000 });
    await child.dispatch({ dispatch: 'h', parallel: 1, count: 1, payload: { behaviour: 'hang' } });
    await until('it runs', () => ledgers.ids('started').length === 1);
    child.signal('SIGTERM');
    child.signal('SIGINT');
    expect(await child.hasExited()).toBeLessThan(SLACK_MS);
    expect(await jobs('active')).toHaveLength(1);
  });

  it('ends in time although nothing can be given back', async () => {
    const child = await start();
    await child.dispatch({ dispatch: 'g', parallel: 1, count: 50, payload: { behaviour: 'hang' } });
    await until('some run', () => ledgers.ids('started').length >= 10);
    await schema.query(`
      CREATE FUNCTION ${schema.name}.refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON ${schema.name}.job FOR EACH ROW
        WHEN (OLD.state = 'active' AND NEW.state = 'retry') EXECUTE FUNCTION ${schema.name}.refuse()`);
    child.signal('SIGTERM');
    const elapsed = await child.hasExited();
    console.info(`ended after ${elapsed.toFixed()} ms with nothing given back, of ${CAP_MS}`);
    expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
    expect(child.exitCode).toBe(0);
    expect(ledgers.ids('unhandled')).toEqual([]);
    expect(ledgers.read('logged').map(({ note }) => note)).toContainEqual(expect.stringContaining('not now'));
    expect((await jobs('active')).length).toBeGreaterThan(0);
  });

  it('has many queues share one limit', async () => {
    const queues = Array.from({ length: 20 }, (_, index) => `q${index}`);
    const child = await start({ queues });
    const payload = { behaviour: 'hang' } as const;
    for (const queue of queues)
      child.tell({ dispatch: queue, parallel: 1, count: 2, payload, options: { queue } });
    await until('all run', () => ledgers.ids('started').length === 40);
    child.signal('SIGTERM');
    const elapsed = await child.hasExited();
    console.info(`ended after ${elapsed.toFixed()} ms with 20 queues, of ${CAP_MS}`);
    expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
    expect((await store.read()).filter(({ state }) => state === 'active')).toEqual([]);
  });
});
