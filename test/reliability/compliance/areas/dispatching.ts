import { getKills, getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { describeVerdict, expectNothingLost, judge } from '../verdict.js';

const PARALLEL = 20;

/** What is promised of a dispatch that was acknowledged, and of one that was not. */
export const dispatching: Area = {
  title: 'Dispatching',
  scenarios: [
    {
      id: 'A1',
      title: 'what was acknowledged is stored, although its process is killed',
      run: killWhileDispatching,
    },
    {
      id: 'A9',
      isLong: true,
      title: 'what is dispatched together is stored as a whole or not at all, killed at any moment',
      run: killAmidBatches,
    },
  ],
};

async function killWhileDispatching(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const kills = getKills(2);
  // What a kill leaves for the next one tells more if it is more.
  const each = getLoad(100, Math.ceil(100_000 / kills));
  // Many at a time are acknowledged faster than each for itself can be recorded.
  const batch = getLoad(1, 20);
  for (let round = 0; round < kills; round++) {
    const before = ledgers.count('acked');
    const child = await bench.start({ workers: false });
    child.tell({ dispatch: `r${round}`, parallel: PARALLEL, batch });
    await until('some are acknowledged', () => ledgers.count('acked') > before + each, 120_000);
    await bench.pause(100);
    await bench.kill(child);
  }
  const verdict = judge(ledgers, await store.read());
  // Nobody works them off: it is known of each whether it is there.
  expectNothingLost({ ...verdict, stuck: [] }, { unacknowledged: kills * PARALLEL * batch });
  expect(verdict.acknowledged).toBeGreaterThan(kills * each);
  return describeVerdict(verdict, kills);
}

async function killAmidBatches(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const batch = 400;
  const kills = getKills(1);
  for (let round = 0; round < kills; round++) {
    const child = await bench.start({ workers: false });
    child.tell({ dispatch: `b${round}`, parallel: 1, batch });
    await until('one is stored', () => ledgers.ids('acked').some((id) => id.startsWith(`b${round}-`)));
    await bench.pause(300);
    await bench.kill(child);
  }
  const sizes = new Map<string, number>();
  for (const { task } of await store.read()) {
    const [round, index] = task.split('-');
    const name = `${round}/${Math.floor(Number(index) / batch)}`;
    sizes.set(name, (sizes.get(name) ?? 0) + 1);
  }
  expect([...sizes.values()].filter((size) => size !== batch)).toEqual([]);
  expect(sizes.size).toBeGreaterThanOrEqual(kills);
  expect(ledgers.count('acked')).toBeLessThanOrEqual(sizes.size * batch);
  return `${kills} kills, ${sizes.size} batches of ${batch}, none in part`;
}
