import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { hasPrivatePostgres, PrivatePostgres, type StopMode } from '../support/private-postgres.js';
import { until } from '../support/until.js';

const isPossible = hasPrivatePostgres();
if (!isPossible)
  console.warn('Skipped: PostgreSQL that stops and starts. There is no initdb, or no right to run it.');

(isPossible ? describe : describe.skip)('PostgreSQL that stops and starts', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await PrivatePostgres.create();
  });
  afterAll(() => server.remove());

  const count = async (condition: string): Promise<number> => {
    const text = `SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'queue' AND ${condition}`;
    return (await server.query<{ count: number }>(text))[0]!.count;
  };

  it('loses nothing that was acknowledged, and is worked again at once', async () => {
    const ledgers = new LedgerFolder();
    const store = { connection: server.url, recoveryIntervalSeconds: 1 };
    const producer = await ChildApp.start({ ledgers: ledgers.path, store, workers: false });
    const worker = await ChildApp.start({ ledgers: ledgers.path, store, retries: 20 });
    producer.tell({ dispatch: 'a', parallel: 10 });
    const waits: number[] = [];
    for (const mode of ['immediate', 'kill', 'fast'] satisfies StopMode[]) {
      const before = ledgers.ids('done').length;
      await until('it is worked', () => ledgers.ids('done').length > before + 50, 20_000);
      await server.stop(mode);
      const rejected = ledgers.ids('rejected').length;
      await until('dispatches are refused', () => ledgers.ids('rejected').length > rejected);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.start();
      const since = performance.now();
      const done = ledgers.ids('done').length;
      await until('it is worked again', () => ledgers.ids('done').length > done, 20_000);
      waits.push(Math.round(performance.now() - since));
    }
    await producer.kill();
    await server.query(
      `UPDATE pgboss.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`,
    );
    await until('all is done', async () => (await count(`state < 'completed'`)) === 0, 20_000);

    const done = new Set(ledgers.ids('done'));
    const acked = ledgers.ids('acked');
    const twice = ledgers.ids('done').length - done.size;
    console.info(`acknowledged ${acked.length}, resumed after ${waits.join(', ')} ms, done twice ${twice}`);
    expect(acked.filter((id) => !done.has(id))).toEqual([]);
    expect(Math.max(...waits)).toBeLessThan(5000);
    expect(ledgers.ids('unhandled')).toEqual([]);
    expect(worker.isAlive).toBe(true);
    // Refused with an error that says whether it may be stored.
    for (const { note } of ledgers.read('rejected'))
      expect(note).toMatch(/^(?:EVENTS_|ECONN|57P0|08|undefined Conn)/);
  }, 90_000);
});
