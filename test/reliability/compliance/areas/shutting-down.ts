import { setTimeout as delay } from 'node:timers/promises';
import { getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { JobRow } from '../../../support/stores.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { isDead, isOpen } from '../verdict.js';

const CAP_MS = 1000;
/** What a process on a busy machine takes to end on top. */
const SLACK_MS = 3000;

const HANG = { behaviour: 'hang' } as const;

/** What a deployment may cost. */
export const shuttingDown: Area = {
  title: 'Shutting down',
  scenarios: [
    {
      id: 'E1, E3',
      isShared: true,
      title: 'SIGTERM lets what runs end, and what that dispatches be stored',
      run: letRunningEnd,
    },
    {
      id: 'E2',
      isShared: true,
      title: 'what does not end in time is told why, and is given back with its attempts',
      run: giveBack,
    },
    {
      id: 'E4',
      isLong: true,
      title: 'nothing is left active, and nothing started late, while others go on dispatching',
      needs: ['multiProcess'],
      run: stopUnderLoad,
    },
    {
      id: 'E7',
      title: 'a second SIGTERM ends the waiting at once, and gives back what runs',
      isShared: true,
      run: hurry,
    },
    {
      id: 'E8',
      isLong: true,
      title: 'many queues share one limit',
      isShared: true,
      run: shareLimit,
    },
  ],
};

const readQueue = async ({ store }: Bench) => (await store.read()).filter((job) => !isDead(job));

async function letRunningEnd(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const [count, ms] = [getLoad(20, 50), getLoad(400, 2000)];
  const child = await bench.start({ concurrency: count, shutdownTimeoutMs: 10_000 });
  const payload = { behaviour: 'dispatch', ms } as const;
  await child.dispatch({ dispatch: 'a', parallel: 1, count, batch: count, payload });
  await until('all run', () => ledgers.count('started') === count);
  child.signal('SIGTERM');
  const elapsed = await child.hasExited();
  expect(child.exitCode).toBe(0);
  expect(elapsed).toBeLessThan(ms + SLACK_MS);
  expect(ledgers.ids('done').filter((id) => !id.endsWith('child'))).toHaveLength(count);
  expect((await readQueue(bench)).filter(({ state }) => state === 'active')).toEqual([]);
  const figure = await bench.expectNothingLost({});
  expect(new Set(ledgers.ids('done')).size).toBe(2 * count);
  return `${figure}; ended after ${elapsed.toFixed()} ms, with what takes ${ms}`;
}

async function giveBack(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const child = await bench.start({ shutdownTimeoutMs: CAP_MS });
  const payload = { behaviour: 'hang-once' } as const;
  await child.dispatch({ dispatch: 'b', parallel: 1, count: 5, batch: 5, payload, options: { retries: 0 } });
  await until('all run', () => ledgers.count('started') === 5);
  child.signal('SIGTERM');
  const elapsed = await child.hasExited();
  expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
  expect(child.exitCode).toBe(0);
  const reasons = ledgers.read('aborted').map(({ note }) => note);
  expect(reasons).toEqual(Array(5).fill(expect.stringContaining('shutting down')));
  const jobs = await bench.store.read();
  expect(jobs).toHaveLength(5);
  for (const { state, retry_count } of jobs) expect([isWaiting(state), retry_count]).toEqual([true, 0]);
  // Their only attempt is still theirs.
  await bench.settle();
  expect(ledgers.ids('done')).toHaveLength(5);
  return `ended after ${elapsed.toFixed()} ms, of ${CAP_MS}; 5 of 5 done by the next process, without retries`;
}

function isWaiting(state: JobRow['state']): boolean {
  return state === 'retry' || state === 'created';
}

async function stopUnderLoad(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const producer = await bench.start({ workers: false });
  producer.tell({ dispatch: 'c', parallel: 4 });
  const worker = await bench.start({ shutdownTimeoutMs: 8000 });
  await until('some are done', () => ledgers.count('done') > 100);
  const since = Date.now();
  worker.signal('SIGTERM');
  // As soon as nothing runs, and not only at its limit.
  expect(await worker.hasExited()).toBeLessThan(SLACK_MS);
  expect((await readQueue(bench)).filter(({ state }) => state === 'active')).toEqual([]);
  const late = ledgers.read('started').map(({ at }) => at - since);
  expect(Math.max(...late)).toBeLessThan(1500);
  await producer.kill();
  return `0 active; the last one started ${Math.max(...late, 0)} ms after the signal`;
}

async function hurry(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const child = await bench.start({ shutdownTimeoutMs: 60_000 });
  await child.dispatch({ dispatch: 'e', parallel: 1, count: 1, payload: HANG });
  await until('it runs', () => ledgers.count('started') === 1);
  child.signal('SIGTERM');
  // The same signal at the same moment is one.
  child.signal('SIGTERM');
  await delay(500);
  expect(child.isAlive).toBe(true);
  child.signal('SIGTERM');
  const elapsed = await child.hasExited();
  expect(elapsed).toBeLessThan(SLACK_MS);
  expect(child.exitCode).toBe(0);
  expect((await readQueue(bench)).filter(isOpen).map(({ retry_count }) => retry_count)).toEqual([0]);
  return `ended ${elapsed.toFixed()} ms after the second signal`;
}

async function shareLimit(bench: Bench): Promise<string> {
  const queues = Array.from({ length: 20 }, (_, index) => `q${index}`);
  const child = await bench.start({ queues, shutdownTimeoutMs: CAP_MS });
  for (const queue of queues) {
    child.tell({ dispatch: queue, parallel: 1, count: 2, batch: 2, payload: HANG, options: { queue } });
  }
  await until('all run', () => bench.ledgers.count('started') === 40);
  child.signal('SIGTERM');
  const elapsed = await child.hasExited();
  expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
  expect((await bench.store.read()).filter(({ state }) => state === 'active')).toEqual([]);
  return `20 queues ended after ${elapsed.toFixed()} ms, of ${CAP_MS}`;
}
