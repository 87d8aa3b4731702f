import { getKills, getLoad } from '../../../support/load.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { isDead, isOpen } from '../verdict.js';

/** What is promised to each of several listeners of an event. */
export const listeners: Area = {
  title: 'A delivery for each listener',
  scenarios: [
    {
      id: 'H1',
      isShared: true,
      title:
        'of five listeners, the one that always fails is tried again alone, and its delivery a dead letter',
      run: failInOneOfFive,
    },
    {
      id: 'H2',
      isLong: true,
      title: 'of five listeners, one of which kills its process, those that were done are not run again',
      run: dieInOneOfFive,
    },
    {
      id: 'B7',
      isShared: true,
      title: 'a listener that never ends has its time taken from it, and its place given to others',
      run: timeOut,
    },
  ],
};

function numbers(bench: Bench, name: 'started' | 'done'): number[] {
  const counts = [0, 0, 0, 0, 0];
  for (const id of bench.ledgers.ids(name)) counts[Number(id.split('/')[1]) - 1]!++;
  return counts;
}

async function failInOneOfFive(bench: Bench): Promise<string> {
  const events = getLoad(20, 1000);
  const payload = { listener: 3, behaviour: 'fail' } as const;
  const options = { retries: 2 };
  const worker = await bench.start();
  await worker.dispatch({ dispatch: 'h', parallel: 1, count: events, batch: events, payload, options });
  await bench.untilSettled(worker);
  await bench.terminate(worker);
  expect(numbers(bench, 'done')).toEqual([events, events, 0, events, events]);
  expect(numbers(bench, 'started')).toEqual([events, events, 3 * events, events, events]);
  const jobs = await bench.store.read();
  expect(jobs.filter(isDead).map(({ listener }) => listener)).toEqual(Array(events).fill('fan.3'));
  expect(jobs.filter(isOpen)).toEqual([]);
  return `${events} events: the others ran once, it 3 times, then ${events} dead letters`;
}

async function dieInOneOfFive(bench: Bench): Promise<string> {
  const events = getKills(1);
  const options = { retries: 5 };
  for (let index = 0; index < events; index++) {
    const payload = { listener: 3, behaviour: 'die' } as const;
    const child = await bench.start({ concurrency: 1 });
    child.tell({ dispatch: `h${index}`, parallel: 1, count: 1, payload, options });
    await bench.untilKilled(child);
  }
  const worker = await bench.start({ concurrency: 1 });
  await bench.untilSettled(worker);
  await bench.terminate(worker);
  const done = bench.ledgers.ids('done');
  expect(new Set(done).size).toBe(5 * events);
  // Each begins when the one before it is recorded, so that none has been done without it.
  expect(done).toHaveLength(5 * events);
  expect((await bench.store.read()).filter((job) => isDead(job) || isOpen(job))).toEqual([]);
  return `${bench.kills} kills, ${5 * events} deliveries, none repeated`;
}

async function timeOut(bench: Bench): Promise<string> {
  const hanging = getLoad(6, 100);
  const worker = await bench.start({ timeout: '300ms', concurrency: 3 });
  const payload = { behaviour: 'hang' } as const;
  const options = { retries: 0 };
  await worker.dispatch({ dispatch: 'hang', parallel: 1, count: hanging, batch: hanging, payload, options });
  await worker.dispatch({ dispatch: 'good', parallel: 1, count: 5, batch: 5, options });
  await bench.untilSettled(worker);
  await bench.terminate(worker);
  const dead = (await bench.store.read()).filter(isDead);
  expect(dead.map(({ error }) => error)).toEqual(Array(hanging).fill('EVENTS_TIMEOUT'));
  expect(bench.ledgers.ids('done')).toHaveLength(5);
  const startedAt = new Map(bench.ledgers.read('started').map(({ id, at }) => [id, at]));
  const waits = bench.ledgers.read('aborted').map(({ id, at }) => at - startedAt.get(id)!);
  expect(waits).toHaveLength(hanging);
  // That it was started is recorded a moment after it was.
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(200);
  expect(bench.ledgers.ids('unhandled')).toEqual([]);
  return `aborted after ${Math.min(...waits)} to ${Math.max(...waits)} ms, of 300`;
}
