import { getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { isDead, isOpen } from '../verdict.js';

const CONCURRENCY = 10;

/** How often a delivery is tried, and what becomes of it then. */
export const attempts: Area = {
  title: 'Attempts',
  scenarios: [
    {
      id: 'B1, attempts',
      isLong: true,
      title: 'what was taken in advance and had not begun uses up no attempt',
      run: keepAttempts,
    },
    {
      id: 'B5',
      title: 'a delivery that kills its process is given up after all its attempts, and nothing else with it',
      run: giveUpPoison,
    },
    {
      id: 'B9',
      isShared: true,
      title: 'what fails is tried as often as it was asked for, and is a dead letter once',
      run: countAttempts,
    },
    {
      id: 'I3',
      isShared: true,
      title: 'what dies with the last attempt of an ordering key does not hold up the others of it',
      run: freeOrderingKey,
    },
  ],
};

async function keepAttempts(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const options = { retries: 0 };
  await bench.dispatch(
    { dispatch: 'fast', parallel: 1, count: 200, batch: 200, options },
    { dispatch: 'slow', parallel: 1, count: 200, batch: 200, payload: { ms: 100 }, options },
  );
  const worker = await bench.start({ concurrency: 5 });
  await until('some are done', () => ledgers.count('done') > 200);
  await bench.kill(worker);
  await bench.settle({ concurrency: 200 });
  const done = new Set(ledgers.ids('done'));
  const dead = (await bench.store.read()).filter(isDead).filter(({ task }) => !done.has(task));
  // Those that ran.
  expect(dead.length).toBeLessThanOrEqual(5);
  expect(done.size).toBe(400 - dead.length);
  return `of 400, ${dead.length} lost their only attempt, with 5 running`;
}

async function giveUpPoison(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const [good, options] = [getLoad(20, 1000), { retries: 2 }];
  await bench.dispatch(
    { dispatch: 'good', parallel: 1, count: good, batch: 20, payload: { ms: 20 }, options },
    { dispatch: 'poison', parallel: 1, count: 1, payload: { behaviour: 'die' }, options },
    { dispatch: 'late', parallel: 1, count: good, batch: 20, payload: { ms: 20 }, options },
  );
  for (;;) {
    const worker = await bench.start({ concurrency: CONCURRENCY });
    const isSettled = await Promise.race([
      bench.untilSettled(worker).then(() => true).catch(() => false), // prettier-ignore
      worker.hasExited().then(() => false),
    ]);
    if (isSettled) await bench.terminate(worker);
    if (isSettled) break;
    await bench.untilKilled(worker);
  }
  expect(bench.startsOf('poison-0')).toBe(3);
  const jobs = await store.read();
  expect(jobs.filter(isDead).map(({ task }) => task)).toEqual(['poison-0']);
  expect(jobs.filter(isOpen)).toEqual([]);
  expect(new Set(ledgers.ids('done')).size).toBe(2 * good);
  return `3 processes died of it, ${2 * good} of ${2 * good} others done`;
}

async function countAttempts(bench: Bench): Promise<string> {
  const child = await bench.start();
  for (const retries of [0, 1, 5]) {
    const payload = { behaviour: 'fail' } as const;
    await child.dispatch({ dispatch: `f${retries}`, parallel: 1, count: 3, payload, options: { retries } });
  }
  await bench.untilSettled(child);
  await bench.terminate(child);
  await bench.terminate(await bench.start());
  for (const retries of [0, 1, 5]) expect(bench.startsOf(`f${retries}-1`)).toBe(retries + 1);
  expect(bench.ledgers.ids('started')).toHaveLength(27);
  expect((await bench.store.read()).filter(isDead)).toHaveLength(9);
  return '1, 2 and 6 runs for 0, 1 and 5 retries, and no more after a restart';
}

async function freeOrderingKey(bench: Bench): Promise<string> {
  const child = await bench.start();
  const options = { orderingKey: 'key', retries: 0 };
  child.tell({ dispatch: 'poison', parallel: 1, count: 1, payload: { behaviour: 'die' }, options });
  await bench.untilKilled(child);
  await bench.dispatch({ dispatch: 'good', parallel: 1, count: 2, options });
  await bench.settle();
  expect(bench.ledgers.ids('done').toSorted()).toEqual(['good-0', 'good-1']);
  expect((await bench.store.read()).filter(isDead).map(({ task }) => task)).toEqual(['poison-0']);
  return 'the others were done';
}
