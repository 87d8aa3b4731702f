import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { describeOnPostgres } from '../support/stores.js';
import { until } from '../support/until.js';

const DEPLOYS = 6;

describeOnPostgres('Two workers that are replaced in turn, under load', ({ place, read }) => {
  it('do everything once, and keep none of it waiting', async () => {
    const ledgers = new LedgerFolder();
    const config = { ledgers: ledgers.path, ...place };
    const producer = await ChildApp.start({ ...config, workers: false });
    const workers = await Promise.all([ChildApp.start(config), ChildApp.start(config)]);
    producer.tell({ dispatch: 'a', parallel: 4, pauseMs: 15, payload: { ms: 20 } });
    for (let deploy = 0; deploy < DEPLOYS; deploy++) {
      const index = deploy % workers.length;
      workers[index]!.signal('SIGTERM');
      await workers[index]!.hasExited();
      expect(workers[index]!.exitCode).toBe(0);
      workers[index] = await ChildApp.start(config);
      await delay(50);
    }
    await producer.kill();
    const acked = ledgers.read('acked');
    await until('all are done', async () => (await read()).every(({ state }) => state === 'completed'));
    await Promise.all(workers.map((worker) => worker.kill()));

    const done = ledgers.ids('done');
    const startedAt = new Map(ledgers.read('started').map(({ id, at }) => [id, at]));
    const waits = acked.map(({ id, at }) => startedAt.get(id)! - at).toSorted((a, b) => a - b);
    const p99 = waits[Math.floor(waits.length * 0.99)]!;
    console.info(`${acked.length} dispatched, p99 from dispatch to start ${p99} ms`);
    expect(acked.length).toBeGreaterThan(DEPLOYS * 20);
    expect(acked.filter(({ id }) => !startedAt.has(id))).toEqual([]);
    expect(done).toHaveLength(new Set(done).size);
    expect(p99).toBeLessThan(5000);
    expect(ledgers.ids('unhandled')).toEqual([]);
  });
});
