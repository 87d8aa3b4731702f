import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { isDead } from '../verdict.js';

const DAYS = 90;
/** Stores look for what is old once a second. One in a folder cannot be asked meanwhile whether it has. */
const LOOKED_MS = 1500;

/** For how long a store keeps what. */
export const retention: Area = {
  title: 'What is kept',
  scenarios: [
    {
      id: 'G1',
      title: 'what waits, and what was given up, is there after months, when what is done is forgotten',
      run: keepWhatIsNotDone,
    },
  ],
};

async function keepWhatIsNotDone(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const dead = { payload: { behaviour: 'fail' }, options: { retries: 0 } } as const;
  await bench.dispatch(
    { dispatch: 'done', parallel: 1, count: 2 },
    { dispatch: 'dead', parallel: 1, count: 2, ...dead },
    { dispatch: 'waits', parallel: 1, count: 3, options: { delay: '1h' } },
  );
  const worker = await bench.start();
  await until('two are done', () => ledgers.count('done') === 2);
  await until('two are given up', async () => (await worker.count()).dead === 2);
  await bench.terminate(worker);

  await store.age(DAYS);
  await until('what is done is forgotten', () => letForget(bench));
  expect((await store.read()).filter(isDead)).toHaveLength(2);
  await store.promote();
  await bench.settle();
  const waited = ledgers.ids('done').filter((id) => id.startsWith('waits'));
  expect(waited.toSorted()).toEqual(['waits-0', 'waits-1', 'waits-2']);
  expect((await store.read()).filter(isDead)).toHaveLength(2);
  return `3 of 3 delivered, and 2 of 2 dead letters there, ${DAYS} days older`;
}

/** Lets the store look for what is old: it does so from time to time, or when something is done. */
async function letForget(bench: Bench): Promise<boolean> {
  const worker = await bench.start();
  await worker.dispatch({ dispatch: 'later', parallel: 1, count: 1 });
  await delay(LOOKED_MS);
  await bench.terminate(worker);
  const jobs = await bench.store.read();
  return !jobs.some(({ state, task }) => state === 'completed' && task.startsWith('done'));
}
