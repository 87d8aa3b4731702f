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
});
