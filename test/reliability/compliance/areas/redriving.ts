import { getKills, getLoad } from '../../../support/load.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { isDead, isOpen } from '../verdict.js';

/** For all of them to be run, in milliseconds. */
const BATCH = 500;

/** What is promised of dead letters that are put back. */
export const redriving: Area = {
  title: 'Redriving',
  scenarios: [
    {
      id: 'B11',
      isLong: true,
      title: 'a redrive that is killed loses no dead letter, and puts none back twice',
      run: redriveAndKill,
    },
  ],
};

async function redriveAndKill(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const kills = getKills(3);
  // Some more than one step moves.
  const letters = getLoad(1200, 10_000);
  const payload = { behaviour: 'fail-once' } as const;
  const options = { retries: 0 };
  const first = await bench.start({ concurrency: 50 });
  await first.dispatch({ dispatch: 'a', parallel: 1, count: letters, batch: BATCH, payload, options });
  await bench.untilSettled(first);
  await bench.terminate(first);

  const moved: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const child = await bench.start({ workers: false });
    child.tell({ redrive: true });
    // In the midst of one step, and between two.
    if (kill % 2 === 0) await bench.pause(50);
    else await child.hears('redriven');
    await bench.kill(child);
    const jobs = (await store.read()).filter((job) => isDead(job) || isOpen(job));
    expect(jobs).toHaveLength(letters);
    expect(new Set(jobs.map(({ task }) => task)).size).toBe(letters);
    moved.push(jobs.filter(isOpen).length);
  }
  const last = await bench.start({ concurrency: 50 });
  last.tell({ redrive: true });
  await last.hears('redriven');
  await bench.untilSettled(last);
  last.tell({ redrive: true });
  await bench.untilSettled(last);
  await bench.terminate(last);
  expect(ledgers.ids('done')).toHaveLength(letters);
  expect(new Set(ledgers.ids('done')).size).toBe(letters);
  return `${kills} kills, when ${moved[0]} to ${moved.at(-1)} of ${letters} were put back, 0 twice`;
}
