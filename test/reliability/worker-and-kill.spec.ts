import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { getKills } from '../support/load.js';
import { describeServers } from '../support/stores.js';
import { until } from '../support/until.js';

const CONCURRENCY = 10;
/** More than are done before a kill. */
const TASKS = 500;

describeServers('Workers that are killed', ({ place, read, forget }) => {
  async function fill(ledgers: LedgerFolder, prefix: string, count: number, payload = {}, options = {}) {
    const child = await ChildApp.start({ ledgers: ledgers.path, ...place, workers: false });
    await child.dispatch({ dispatch: prefix, parallel: 1, count, batch: 100, payload, options });
    await child.kill();
  }

  async function readOpen() {
    const jobs = await read();
    return jobs.filter(({ name, state }) => name === 'queue' && state !== 'completed' && state !== 'failed');
  }

  it('leave nothing undone, and start nothing again but what was running', async () => {
    const ledgers = new LedgerFolder();
    await fill(ledgers, 'a', TASKS, { ms: 20 }, { retries: 20 });
    const rounds = getKills(2);
    for (let round = 0; round < rounds; round++) {
      const before = ledgers.ids('done').length;
      const config = { ledgers: ledgers.path, ...place, concurrency: CONCURRENCY };
      const workers = await Promise.all([ChildApp.start(config), ChildApp.start(config)]);
      await until('some are done', () => ledgers.ids('done').length > before + 30);
      await Promise.all(workers.map((worker) => worker.kill()));
      await forget();
    }
    const last = await ChildApp.start({ ledgers: ledgers.path, ...place, concurrency: CONCURRENCY });
    await until('all is done', async () => (await readOpen()).length === 0, 20_000);
    await last.kill();

    const started = ledgers.ids('started');
    const extra = started.length - new Set(started).size;
    const dead = (await read()).filter(({ name }) => name === 'queue/dead');
    console.info(`started again ${extra}, kills ${rounds * 2}, dead letters ${dead.length}`);
    expect(new Set(ledgers.ids('done')).size).toBe(TASKS);
    // As many run, and of as many it is being recorded that they are done.
    expect(extra).toBeLessThanOrEqual(rounds * 2 * 2 * CONCURRENCY);
    expect(dead).toEqual([]);
  });

  it.each([0, 1])('use up no attempt of what had not begun, of %d retries', async (retries) => {
    const ledgers = new LedgerFolder();
    await fill(ledgers, 'fast', 200, {}, { retries });
    await fill(ledgers, 'slow', 200, { ms: 100 }, { retries });
    for (let round = 0; round <= retries; round++) {
      const before = ledgers.ids('done').length;
      const worker = await ChildApp.start({ ledgers: ledgers.path, ...place, concurrency: 5 });
      await until('some are done', () => ledgers.ids('done').length > before + (round === 0 ? 200 : 20));
      await worker.kill();
      await forget();
    }
    const last = await ChildApp.start({ ledgers: ledgers.path, ...place, concurrency: 200 });
    await until('all is done', async () => (await readOpen()).length === 0, 20_000);
    await last.kill();

    const done = new Set(ledgers.ids('done'));
    const dead = (await read()).filter(
      ({ name, task }) => name === 'queue/dead' && task.startsWith('slow') && !done.has(task),
    );
    console.info(`of ${retries} retries: ${dead.length} dead letters`);
    expect(dead.length).toBeLessThanOrEqual(5);
    expect(done.size).toBe(400 - dead.length);
  });

  it('give up what kills them, and nothing else, after all its attempts', async () => {
    const ledgers = new LedgerFolder();
    await fill(ledgers, 'good', 20, { ms: 20 }, { retries: 2 });
    await fill(ledgers, 'poison', 1, { behaviour: 'die' }, { retries: 2 });
    await fill(ledgers, 'late', 20, { ms: 20 }, { retries: 2 });
    let starts = 0;
    for (; (await readOpen()).length > 0; starts++) {
      const worker = await ChildApp.spawn({ ledgers: ledgers.path, ...place, concurrency: CONCURRENCY });
      await until('it has died or done', async () => !worker.isAlive || (await readOpen()).length === 0);
      await worker.kill();
      await forget();
    }
    expect(ledgers.ids('started').filter((id) => id === 'poison-0')).toHaveLength(3);
    const dead = (await read()).filter(({ name }) => name === 'queue/dead');
    expect(dead.map(({ task }) => task)).toEqual(['poison-0']);
    expect(new Set(ledgers.ids('done')).size).toBe(40);
  });
});
