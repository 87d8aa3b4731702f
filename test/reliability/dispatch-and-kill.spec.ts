import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { getKills } from '../support/load.js';
import { describeServers, folderStore, type JobRow, type ServerStore } from '../support/stores.js';
import { until } from '../support/until.js';

const PARALLEL = 20;

/** What was acknowledged must be there; what is there must have been dispatched. */
function judge(ledgers: LedgerFolder, jobs: readonly JobRow[], kills: number): void {
  const stored = new Set(jobs.filter(({ name }) => name === 'queue').map(({ task }) => task));
  const acked = ledgers.ids('acked');
  const lost = acked.filter((id) => !stored.has(id));
  const phantom = stored.size - (acked.length - lost.length);
  console.info(
    `acknowledged ${acked.length}, lost ${lost.length}, not acknowledged but stored ${phantom}, kills ${kills}`,
  );
  expect(lost).toEqual([]);
  expect(stored.size).toBe(jobs.filter(({ name }) => name === 'queue').length);
  expect(phantom).toBeLessThanOrEqual(kills * PARALLEL);
  expect(acked.length).toBeGreaterThan(kills * 50);
}

async function killWhileDispatching(
  ledgers: LedgerFolder,
  { place, read }: Pick<ServerStore, 'place' | 'read'>,
  kills: number,
): Promise<void> {
  for (let round = 0; round < kills; round++) {
    const before = ledgers.ids('acked').length;
    const child = await ChildApp.start({ ledgers: ledgers.path, ...place, workers: false });
    child.tell({ dispatch: `r${round}`, parallel: PARALLEL });
    await until('some are acknowledged', () => ledgers.ids('acked').length > before + 100);
    await delay(Math.random() * 100);
    await child.kill();
  }
  judge(ledgers, await read(), kills);
}

describeServers('A process that is killed while it dispatches', ({ place, read }) => {
  it('has stored all that was acknowledged', async () => {
    await killWhileDispatching(new LedgerFolder(), { place, read }, getKills(3));
  });

  it('has stored batches as a whole, or not at all', async () => {
    const ledgers = new LedgerFolder();
    const batch = 400;
    const kills = getKills(3);
    for (let round = 0; round < kills; round++) {
      const child = await ChildApp.start({ ledgers: ledgers.path, ...place, workers: false });
      child.tell({ dispatch: `b${round}`, parallel: 1, batch });
      await until('it has begun', async () =>
        (await read()).some(({ task }) => task.startsWith(`b${round}-`)),
      );
      await delay(Math.random() * 300);
      await child.kill();
    }
    const sizes = new Map<string, number>();
    for (const { task } of await read()) {
      const [round, index] = task.split('-');
      if (!round!.startsWith('b')) continue;
      const name = `${round}/${Math.floor(Number(index) / batch)}`;
      sizes.set(name, (sizes.get(name) ?? 0) + 1);
    }
    console.info(`batches ${sizes.size}, kills ${kills}`);
    expect([...sizes.values()].filter((size) => size !== batch)).toEqual([]);
    expect(sizes.size).toBeGreaterThanOrEqual(kills);
  });
});

describe('A process that is killed while it dispatches, on an embedded database', () => {
  it('has stored all that was acknowledged', async () => {
    const { read, remove, ...store } = folderStore();
    await killWhileDispatching(new LedgerFolder(), { place: { store }, read }, getKills(3));
    remove();
  });
});
