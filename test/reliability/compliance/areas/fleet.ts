import { setTimeout as delay } from 'node:timers/promises';
import type { ChildApp } from '../../../support/child-app.js';
import { getKills, getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { describeVerdict, expectNothingLost, judge } from '../verdict.js';

/** What is promised where several processes work a queue. */
export const fleet: Area = {
  title: 'Several processes',
  scenarios: [
    {
      id: 'I1',
      isLong: true,
      title: 'in a calm, each delivery is done once',
      needs: ['multiProcess'],
      run: workInACalm,
    },
    {
      id: 'I2',
      isLong: true,
      title: 'what several processes dispatch with one idempotency key is one',
      needs: ['multiProcess'],
      run: dispatchAlike,
    },
    {
      id: 'I3, order',
      isLong: true,
      title:
        'no two deliveries of an ordering key overlap, and their order is kept, though workers are killed',
      needs: ['multiProcess'],
      run: keepOrder,
    },
    {
      id: 'E13',
      isLong: true,
      title: 'workers that are replaced in turn do everything once, and keep none of it waiting',
      needs: ['multiProcess'],
      run: deploy,
    },
  ],
};

async function workInACalm(bench: Bench): Promise<string> {
  const count = getLoad(1000, 100_000);
  const workers = await startMany(bench, getLoad(2, 4));
  await bench.dispatch({ dispatch: 'a', parallel: 4, count, batch: 100 });
  await bench.untilSettled(workers[0]!);
  await bench.terminate(...workers);
  const verdict = judge(bench.ledgers, await bench.store.read());
  expectNothingLost(verdict);
  const shares = Map.groupBy(bench.ledgers.read('done'), ({ pid }) => pid);
  return `${workers.length} processes, of which ${shares.size} had a share: ${describeVerdict(verdict)}`;
}

function startMany(bench: Bench, count: number, options: object = {}): Promise<ChildApp[]> {
  return Promise.all(Array.from({ length: count }, () => bench.start({ concurrency: 10, ...options })));
}

async function dispatchAlike(bench: Bench): Promise<string> {
  const [processes, count] = [getLoad(2, 8), getLoad(100, 200)];
  const producers = await startMany(bench, processes, { workers: false });
  const command = { dispatch: 'same', parallel: 20, count, isIdempotent: true } as const;
  await Promise.all(producers.map((producer) => producer.dispatch(command)));
  await bench.kill(...producers);
  expect(bench.ledgers.ids('acked')).toHaveLength(processes * count);
  expect(await bench.store.read()).toHaveLength(count);
  await bench.settle();
  expect(bench.ledgers.ids('done')).toHaveLength(count);
  return `${processes} processes with ${count} keys each: ${count} stored, and done once`;
}

async function keepOrder(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const [keys, count] = [5, getLoad(300, 10_000)];
  const rounds = Math.ceil(getKills(2) / 2);
  const options = { retries: rounds + 3 };
  const payload = { ms: 1 };
  await bench.dispatch({ dispatch: 'k', parallel: 1, count, keys, payload, options });
  for (let round = 0; round < rounds; round++) {
    const before = ledgers.count('done');
    const workers = await startMany(bench, 2);
    await until('some are done', () => ledgers.count('done') > before + getLoad(60, 300));
    await bench.kill(...workers);
  }
  const workers = await startMany(bench, 2);
  await bench.untilSettled(workers[0]!);
  await bench.terminate(...workers);
  const verdict = judge(ledgers, await bench.store.read());
  // Of each key, one runs, and one may be being recorded.
  expectNothingLost(verdict, { repeated: bench.kills * keys });
  expect(findOutOfOrder(bench, keys)).toEqual([]);
  return `${keys} keys, ${describeVerdict(verdict, bench.kills)}, 0 out of order`;
}

/** What began before the one before it, of its key, was done. What is repeated begins again itself. */
function findOutOfOrder({ ledgers }: Bench, keys: number): string[] {
  const done = new Set<string>();
  const entries = [
    ...ledgers.read('started').map((entry) => ({ ...entry, isStart: true })),
    ...ledgers.read('done').map((entry) => ({ ...entry, isStart: false })),
  ].toSorted((one, other) => one.at - other.at || Number(one.isStart) - Number(other.isStart));
  return entries.flatMap(({ id, isStart }) => {
    if (!isStart) done.add(id);
    const before = `k-${Number(id.slice(2)) - keys}`;
    return isStart && Number(id.slice(2)) >= keys && !done.has(before) ? [id] : [];
  });
}

async function deploy(bench: Bench): Promise<string> {
  const { ledgers } = bench;
  const deploys = getLoad(4, 30);
  const producer = await bench.start({ workers: false });
  const workers = await startMany(bench, 2);
  producer.tell({ dispatch: 'a', parallel: 4, pauseMs: 15, payload: { ms: 20 } });
  for (let round = 0; round < deploys; round++) {
    const index = round % workers.length;
    await bench.terminate(workers[index]!);
    workers[index] = await bench.start();
    await delay(50);
  }
  await producer.kill();
  await bench.untilSettled(workers[0]!);
  await bench.terminate(...workers);
  const verdict = judge(ledgers, await bench.store.read());
  expectNothingLost(verdict, { unacknowledged: 4 });
  const startedAt = new Map(ledgers.read('started').map(({ id, at }) => [id, at]));
  const waits = ledgers.read('acked').map(({ id, at }) => startedAt.get(id)! - at);
  const p99 = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)]!;
  expect(waits.length).toBeGreaterThan(deploys * 20);
  expect(p99).toBeLessThan(5000);
  return `${deploys} deploys, ${describeVerdict(verdict)}, p99 from dispatch to start ${p99} ms`;
}
