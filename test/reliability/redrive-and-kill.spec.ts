import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { getKills } from '../support/load.js';
import { describeOnPostgres, folderStore, type JobRow, type ServerStore } from '../support/stores.js';
import { until } from '../support/until.js';

/** Some more than one step moves. */
const LETTERS = 1200;
const KILLS = getKills(4);

/** For all of them to be run, in milliseconds. */
const RUN_MS = 60_000;

/** Where each delivery is: to be run, or given up. */
function locate(jobs: readonly JobRow[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const { task, name, state } of jobs) {
    // What was given up stays behind as a record of its own.
    if (name === 'queue' && (state === 'failed' || state === 'completed')) continue;
    places.set(task, [...(places.get(task) ?? []), name]);
  }
  return places;
}

async function redriveAndKill({ place, read }: Pick<ServerStore, 'place' | 'read'>): Promise<void> {
  const ledgers = new LedgerFolder();
  const config = { ledgers: ledgers.path, ...place, concurrency: 50 };
  const first = await ChildApp.start(config);
  const payload = { behaviour: 'fail-once' } as const;
  await first.dispatch({
    dispatch: 'a',
    parallel: 1,
    count: LETTERS,
    batch: 500,
    payload,
    options: { retries: 0 },
  });
  await until('all are tried', () => ledgers.ids('started').length === LETTERS, RUN_MS);
  first.signal('SIGTERM');
  await first.hasExited();

  const moved: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const child = await ChildApp.start({ ...config, workers: false });
    child.tell({ redrive: true });
    // In the midst of one step, and between two.
    if (kill % 2 === 0) await delay(Math.random() * 50);
    else await child.hears('redriven');
    await child.kill();
    const places = locate(await read());
    expect(places.size).toBe(LETTERS);
    expect([...places].filter(([, where]) => where.length !== 1)).toEqual([]);
    moved.push([...places.values()].filter(([where]) => where === 'queue').length);
  }
  console.info(`put back before each kill, of ${LETTERS}: ${moved.join(', ')}`);
  expect(moved.some((count) => count > 0 && count < LETTERS)).toBe(true);

  const last = await ChildApp.start(config);
  last.tell({ redrive: true });
  await until('all are done', () => ledgers.ids('done').length >= LETTERS, RUN_MS);
  last.signal('SIGTERM');
  await last.hasExited();
  expect(new Set(ledgers.ids('done')).size).toBe(LETTERS);
  expect(ledgers.ids('done')).toHaveLength(LETTERS);
}

describeOnPostgres('A redrive that is killed', (store) => {
  it('loses no dead letter, and puts none back twice', () => redriveAndKill(store));
});

describe('A redrive that is killed, on an embedded database', () => {
  it('loses no dead letter, and puts none back twice', async () => {
    const { read, remove, ...store } = folderStore();
    await redriveAndKill({ place: { store }, read });
    remove();
  });
});
