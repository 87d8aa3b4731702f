import { getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { expectNothingLost, judge } from '../verdict.js';

const HOUR_MS = 3_600_000;
const DELAY_MS = 1500;

/** What is promised where the clocks of machines differ. */
export const clocks: Area = {
  title: 'Clocks that are wrong',
  scenarios: [
    {
      id: 'G3',
      isLong: true,
      title:
        'processes that are an hour early and an hour late run what is delayed in time, and nothing twice',
      needs: ['multiProcess'],
      run: disagree,
    },
  ],
};

async function disagree(bench: Bench): Promise<string> {
  const count = getLoad(20, 500);
  const [early, late] = [
    await bench.start({ clockShiftMs: HOUR_MS }),
    await bench.start({ clockShiftMs: -HOUR_MS }),
  ];
  const waits: number[] = [];
  for (const [name, producer] of Object.entries({ early, late })) {
    const command = { parallel: 1, count, batch: count } as const;
    const since = performance.now();
    await producer.dispatch({ dispatch: `${name}-now`, ...command });
    await producer.dispatch({ dispatch: `${name}-later`, ...command, options: { delay: `${DELAY_MS}ms` } });
    await until('one of those that are delayed begins', () =>
      bench.ledgers.ids('started').some((id) => id.startsWith(`${name}-later`)),
    );
    waits.push(performance.now() - since);
    await bench.untilSettled(early);
  }
  await bench.terminate(early, late);
  const verdict = judge(bench.ledgers, await bench.store.read());
  expectNothingLost(verdict);
  expect(verdict.acknowledged).toBe(4 * count);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(DELAY_MS);
  const text = waits.map((wait) => wait.toFixed()).join(' and ');
  return `${4 * count} done once; what was delayed by ${DELAY_MS} ms began after ${text} ms`;
}
