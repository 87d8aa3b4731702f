import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { DATABASE_URL, describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { until } from '../support/until.js';
import { ageHeartbeats, postgresStore } from '../support/stores.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A process that leaves something open ends later, or never; one on a busy machine takes its time, too. */
const EXIT_MS = 3000;

describePostgres('A network that fails', () => {
  const schema = useSchemaOfEach();
  const direct = postgresStore(schema);
  let ledgers: LedgerFolder;
  let proxy: TcpProxy;

  beforeEach(async () => {
    ledgers = new LedgerFolder();
    proxy = await TcpProxy.openFor(DATABASE_URL);
  });
  afterEach(() => proxy.close());

  const start = (options: Partial<Parameters<typeof ChildApp.start>[0]> = {}) =>
    ChildApp.start({
      ledgers: ledgers.path,
      store: { ...direct, connection: proxy.through(DATABASE_URL) },
      ...options,
    });

  async function allAreDone(): Promise<boolean> {
    const done = new Set(ledgers.ids('done'));
    return ledgers.ids('acked').every((id) => done.has(id));
  }

  it('during the start: it fails in time, and nothing is left open', async () => {
    proxy.blackhole();
    const store = { ...direct, connection: proxy.through(DATABASE_URL), timeoutMs: 1000 };
    const child = await ChildApp.spawn({ ledgers: ledgers.path, store });
    expect(await child.hears('ready').catch((error: Error) => error.message)).toMatch(/127\.0\.0\.1:\d+/);
    expect(await child.hasExited()).toBeLessThan(EXIT_MS);
  });

  it('is not all that may go wrong with a start: nothing is left open either way', async () => {
    const first = await ChildApp.start({ ledgers: ledgers.path, store: direct });
    await first.kill();
    await schema.query(`UPDATE ${schema.name}.queue SET policy = 'short' WHERE name = 'queue'`);
    const child = await ChildApp.spawn({ ledgers: ledgers.path, store: direct });
    expect(await child.hears('ready').catch((error: Error) => error.message)).toContain("policy 'short'");
    expect(await child.hasExited()).toBeLessThan(EXIT_MS);
  });

  it('silently and for good: it is worked again over new connections', async () => {
    const child = await start({
      store: { ...direct, connection: proxy.through(DATABASE_URL), timeoutMs: 1000 },
    });
    await child.dispatch({ dispatch: 'before', parallel: 1, count: 1 });
    proxy.blackhole();
    await delay(3000);
    // What was sent meanwhile is gone, and so are the connections it was sent over, although nobody was told.
    proxy.reopen();
    const since = performance.now();
    child.tell({ dispatch: 'after', parallel: 1 });
    await until('it is worked again', () => ledgers.ids('done').some((id) => id.startsWith('after')), 20_000);
    console.info(`worked again after ${(performance.now() - since).toFixed()} ms`);
    expect(performance.now() - since).toBeLessThan(5000);
    await child.kill();
  });

  it('only where it listens, silently: what is dispatched is found by looking', async () => {
    const worker = await start();
    const producer = await ChildApp.start({ ledgers: ledgers.path, store: direct, workers: false });
    proxy.blackholeWhereSent('LISTEN');
    for (let round = 0; round < 5; round++) {
      await producer.dispatch({ dispatch: `r${round}`, parallel: 1, count: 1 });
      await until('it is done', () => ledgers.ids('done').length === round + 1);
    }
    const acked = ledgers.read('acked');
    const waits = ledgers.read('done').map(({ id, at }) => at - acked.find((entry) => entry.id === id)!.at);
    console.info(`without announcements, done after ${waits.join(', ')} ms`);
    // It looks once a second.
    expect(Math.max(...waits)).toBeLessThan(1000 + EXIT_MS);
    await Promise.all([worker.kill(), producer.kill()]);
  });

  it('as the server ends connections, again and again: nothing is lost', async () => {
    const child = await start({ retries: 20, store: direct });
    child.tell({ dispatch: 'a', parallel: 10 });
    for (let round = 0; round < 10; round++) {
      await delay(200);
      await schema.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'nestjs-event-drivers' AND query LIKE '%${schema.name}%'`,
      );
    }
    await finish(child);
  });

  /** Lets all be done, and judges. */
  async function finish(child: ChildApp): Promise<void> {
    // A slow machine takes longer to have as many as tell anything.
    await until('enough is acknowledged', () => ledgers.ids('acked').length > 100);
    child.signal('SIGTERM');
    await child.hasExited();
    await ageHeartbeats(schema);
    const last = await ChildApp.start({ ledgers: ledgers.path, store: direct });
    await until('all is done', allAreDone, 15_000);
    await last.kill();
    const [acked, done] = [ledgers.ids('acked'), ledgers.ids('done')];
    console.info(
      `acknowledged ${acked.length}, refused ${ledgers.ids('rejected').length}, ` +
        `done twice ${done.length - new Set(done).size}`,
    );
    expect(acked.length).toBeGreaterThan(100);
    expect(ledgers.ids('unhandled')).toEqual([]);
    for (const { note } of ledgers.read('rejected')) expect(note).toMatch(/^EVENTS_/);
  }
});
