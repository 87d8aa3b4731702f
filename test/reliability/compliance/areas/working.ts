import { getKills, getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';

const CONCURRENCY = 10;

/** What is promised of deliveries whose processes die. */
export const working: Area = {
  title: 'Working',
  scenarios: [
    {
      id: 'B1',
      title: 'nothing is left undone by workers that are killed, and nothing repeated but what was running',
      run: killWorkers,
    },
    {
      id: 'B2',
      isLong: true,
      title: 'what ran is run again soon after its process is known to be dead',
      run: measureRecovery,
    },
  ],
};

async function killWorkers(bench: Bench): Promise<string> {
  const { ledgers, harness } = bench;
  const tasks = getLoad(500, 20_000);
  const processes = harness.capabilities.has('multiProcess') ? 2 : 1;
  const rounds = Math.ceil(getKills(2) / 2);
  // More than any process dies with.
  const options = { retries: 2 * rounds + 10 };
  await bench.dispatch({
    dispatch: 'a',
    parallel: 1,
    count: tasks,
    batch: 100,
    payload: { ms: 20 },
    options,
  });
  for (let round = 0; round < rounds; round++) {
    const before = ledgers.count('done');
    const workers = await Promise.all(
      Array.from({ length: processes }, () => bench.start({ concurrency: CONCURRENCY })),
    );
    await until('some are done', () => ledgers.count('done') > before + getLoad(30, 300));
    await bench.kill(...workers);
  }
  // No more is in flight than may run, what is being recorded included.
  const figure = await bench.expectNothingLost({ repeated: bench.kills * CONCURRENCY });
  expect(new Set(ledgers.ids('done')).size).toBe(tasks);
  return figure;
}

async function measureRecovery(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const waits: number[] = [];
  for (let round = 0; round < getLoad(1, 10); round++) {
    const payload = { behaviour: 'hang-once' } as const;
    const first = await bench.start({ concurrency: CONCURRENCY });
    await first.dispatch({
      dispatch: `r${round}`,
      parallel: 1,
      count: CONCURRENCY,
      batch: CONCURRENCY,
      payload,
    });
    await until('all run', () => ledgers.count('started') >= (2 * round + 1) * CONCURRENCY);
    await bench.kill(first);
    const next = await bench.start({ concurrency: CONCURRENCY });
    const since = performance.now();
    await until('all are done', () => ledgers.count('done') === (round + 1) * CONCURRENCY);
    waits.push(performance.now() - since);
    await bench.terminate(next);
  }
  // It looks for the dead once a second.
  expect(Math.max(...waits)).toBeLessThan(bench.harness.capabilities.has('multiProcess') ? 4000 : 2000);
  return `at most ${Math.max(...waits).toFixed()} ms after the next start, or after the heartbeat`;
}
