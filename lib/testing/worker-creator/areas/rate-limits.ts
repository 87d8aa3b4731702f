import type { StoreOptions } from '../../../queue/stored-delivery.js';
import type { RateLimit } from '../../../queue/rate-limit.js';
import type { Area } from '../area.js';
import { type Bench, failed } from '../bench.js';
import { check, equal } from '../../conformance/check.js';
import type { WorkerLog } from '../worker-log.js';

/** Longer than a test takes: no second window opens in it. */
const ONE_WINDOW = { max: 3, durationMs: 600_000 };
const SHORT_WINDOWS = { max: 2, durationMs: 300 };
/** Two clocks are compared, one of which may count in milliseconds. */
const TOLERANCE_MS = 25;

/** How many deliveries of a queue begin in a time. */
export const rateLimits: Area = {
  title: 'rate limits',
  declare({ itNeeds }) {
    itNeeds('rateLimits', 'begins as many in a window as it may, and no more', (bench) =>
      tryOneWindow(bench),
    );

    itNeeds('rateLimits', 'begins the rest when the window is over', (bench) => tryWindows(bench));

    itNeeds('rateLimits', 'counts each attempt', async (bench) => {
      await bench.open({ retries: 9 });
      const log = await bench.work(() => failed(), { rateLimit: ONE_WINDOW });
      await bench.store('a');
      await expectOneWindow(bench, [log]);
      equal(log.labels, ['a', 'a', 'a'], 'what began');
    });

    itNeeds(['rateLimits', 'orderingKeys'], 'counts those with an ordering key among them', (bench) =>
      tryOneWindow(bench, { options: (index) => (index % 2 === 0 ? {} : { orderingKey: `${index}` }) }),
    );

    itNeeds('rateLimits', 'limits each queue for itself', async (bench) => {
      await bench.open();
      const other = `${bench.queue}.other`;
      await bench.open({ name: other });
      const log = await bench.work(() => {}, { rateLimit: ONE_WINDOW });
      await bench.store('a', 'b', 'c', 'd');
      await expectOneWindow(bench, [log]);
      const otherLog = await bench.work(() => {}, { queue: other, rateLimit: ONE_WINDOW });
      await bench.engine.store(other, [bench.delivery('e')]);
      await bench.until('the other queue went on', () => otherLog.ended === 1);
    });

    itNeeds('rateLimits', 'does not wait for the window to be over when it is stopped', async (bench) => {
      await bench.open();
      const log = await bench.work(() => {}, { rateLimit: ONE_WINDOW });
      await bench.store('a', 'b', 'c', 'd');
      await expectOneWindow(bench, [log]);
      let hasStopped = false;
      void log.stop().then(() => (hasStopped = true));
      await bench.until('it had stopped', () => hasStopped);
      const { ready, delayed, active, completed } = await bench.count();
      equal(
        { waiting: ready + delayed, active, completed },
        { waiting: 1, active: 0, completed: 3 },
        'counts',
      );
    });

    itNeeds(['rateLimits', 'multiProcess'], 'counts what begins in other processes', (bench) =>
      tryOneWindow(bench, { processes: 2 }),
    );

    itNeeds(['rateLimits', 'multiProcess'], 'begins the rest in whichever process', (bench) =>
      tryWindows(bench, 2),
    );
  },
};

/** Has more to be run than may begin in a window. */
async function tryOneWindow(
  bench: Bench,
  {
    processes = 1,
    options = () => ({}),
  }: { processes?: number; options?: (index: number) => StoreOptions } = {},
): Promise<void> {
  const logs = await workIn(bench, processes, ONE_WINDOW);
  // One by one, so that any of the processes may hear of it.
  for (let index = 0; index < 8; index++) await bench.store(bench.delivery(`${index}`, options(index)));
  await expectOneWindow(bench, logs);
}

async function workIn(bench: Bench, processes: number, rateLimit: RateLimit): Promise<WorkerLog[]> {
  await bench.open();
  const logs = [await bench.work(() => {}, { rateLimit })];
  while (logs.length < processes) {
    logs.push(await bench.work(() => {}, { rateLimit, engine: await bench.another() }));
  }
  return logs;
}

async function expectOneWindow(bench: Bench, logs: readonly WorkerLog[]): Promise<void> {
  const count = (): number => logs.reduce((sum, { runs }) => sum + runs.length, 0);
  await bench.until(`${ONE_WINDOW.max} had begun`, () => count() >= ONE_WINDOW.max);
  await bench.quiet();
  equal(count(), ONE_WINDOW.max, 'how many began');
}

/** Has as much to be run as takes three windows. */
async function tryWindows(bench: Bench, processes = 1): Promise<void> {
  const { max, durationMs } = SHORT_WINDOWS;
  const logs = await workIn(bench, processes, SHORT_WINDOWS);
  const labels = Array.from({ length: 2 * max + 1 }, (_, index) => String(index));
  const before = Date.now();
  await bench.store(...labels);
  await bench.untilDone({ completed: labels.length });
  equal(logs.flatMap((log) => log.labels).toSorted(), labels, 'what ran');
  const starts = logs.flatMap(({ runs }) => runs.map(({ startedAt }) => startedAt)).toSorted((a, b) => a - b);
  for (const windows of [1, 2]) {
    const waited = starts[windows * max]! - before;
    check(
      waited >= windows * durationMs - TOLERANCE_MS,
      `${windows * max + 1} had begun after ${waited} ms, of which ${max} may in each ${durationMs} ms`,
    );
  }
}
