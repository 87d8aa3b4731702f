import { ChildApp, LedgerFolder } from '../../support/child-app.js';
import { describePrivateRedis, PrivateRedis } from '../../support/private-redis.js';
import { until } from '../../support/until.js';

const ROUNDS = 3;
const RESUMED_MS = 5000;

describePrivateRedis('Redis that dies and starts again', () => {
  let server: PrivateRedis;

  beforeAll(async () => {
    server = await PrivateRedis.create({ appendonly: 'yes', appendfsync: 'everysec' });
  });
  afterAll(() => server.remove());

  it('loses nothing that was acknowledged, and is worked again at once', async () => {
    const ledgers = new LedgerFolder();
    const redis = { connection: server.url, recoveryIntervalSeconds: 1, timeoutMs: 2000 };
    const producer = await ChildApp.start({ ledgers: ledgers.path, redis, workers: false });
    const worker = await ChildApp.start({ ledgers: ledgers.path, redis, retries: 20 });
    producer.tell({ dispatch: 'a', parallel: 10 });
    const waits: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = ledgers.ids('done').length;
      await until('it is worked', () => ledgers.ids('done').length > before + 50);
      await server.kill();
      const rejected = ledgers.ids('rejected').length;
      await until('dispatches are refused', () => ledgers.ids('rejected').length > rejected);
      await server.start();
      const since = performance.now();
      const done = ledgers.ids('done').length;
      await until('it is worked again', () => ledgers.ids('done').length > done);
      waits.push(Math.round(performance.now() - since));
    }
    await producer.kill();
    const isDone = (): boolean => {
      const done = new Set(ledgers.ids('done'));
      return ledgers.ids('acked').every((id) => done.has(id));
    };
    await until('all is done', isDone, 15_000);

    const [acked, done] = [ledgers.ids('acked'), ledgers.ids('done')];
    const twice = done.length - new Set(done).size;
    console.info(`acknowledged ${acked.length}, resumed after ${waits.join(', ')} ms, done twice ${twice}`);
    expect(Math.max(...waits)).toBeLessThan(RESUMED_MS);
    // What runs while Redis dies is recorded when it is there again.
    expect(twice).toBe(0);
    expect(ledgers.ids('unhandled')).toEqual([]);
    expect(worker.isAlive).toBe(true);
    for (const { note } of ledgers.read('rejected')) {
      expect(note).toMatch(/^EVENTS_(?:NOT_STORED|OUTCOME_UNKNOWN) /);
    }
  });
});
