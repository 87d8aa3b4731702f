import type { StoreOptions } from '../../../queue/stored-delivery.js';
import type { Area } from '../area.js';
import type { Bench } from '../bench.js';
import { check, equal } from '../../conformance/check.js';

const DELAY_MS = 300;
/** Two clocks are compared, one of which may count in milliseconds. */
const TOLERANCE_MS = 25;

/** What one delivery asks of the engine. */
export const scheduling: Area = {
  title: 'scheduling',
  declare({ it, itNeeds }) {
    itNeeds('delay', 'runs nothing before its delay is over', (bench) =>
      runLater(bench, () => ({ delayMs: DELAY_MS })),
    );

    itNeeds('delay', 'runs nothing before its time', (bench) =>
      runLater(bench, () => ({ at: new Date(Date.now() + DELAY_MS) })),
    );

    itNeeds('delay', 'runs at once what was to run before now', async (bench) => {
      await bench.open();
      const log = await bench.work();
      await bench.store(bench.delivery('a', { at: new Date(0) }));
      await bench.until('it ran', () => log.ended === 1);
    });

    itNeeds(['delay', 'multiProcess'], 'finds what another process stored for later', async (bench) => {
      await bench.open();
      const log = await bench.work(() => {}, { engine: await bench.another() });
      await bench.store(bench.delivery('a', { delayMs: DELAY_MS }));
      await bench.until('it ran', () => log.ended === 1);
    });

    itNeeds('priority', 'runs what has a higher priority first', async (bench) => {
      await bench.open();
      await bench.store('normal', bench.delivery('low', { priority: -1 }));
      await bench.store(bench.delivery('high', { priority: 5 }), bench.delivery('higher', { priority: 6 }));
      const log = await bench.work(() => {}, { concurrency: 1 });
      await bench.untilDone({ completed: 4 });
      equal(log.labels, ['higher', 'high', 'normal', 'low'], 'the order');
    });

    it('keeps to the retries and the time limit that a delivery has of its own', async (bench) => {
      await bench.open({ retries: 1 });
      await bench.store('as the queue');
      await bench.store(bench.delivery('own', { retries: 4, timeoutMs: 1500 }));
      await bench.store(bench.delivery('none', { retries: 0 }));
      const log = await bench.work();
      await bench.untilDone({ completed: 3 });
      const limits = log.runs.map(
        ({ label, claim }) => `${label}: ${claim.maxAttempts} of ${claim.timeoutMs ?? 'the queue'}`,
      );
      const expected = ['as the queue: 2 of the queue', 'none: 1 of the queue', 'own: 5 of 1500'];
      equal(limits.toSorted(), expected, 'attempts and time limits');
    });
  },
};

async function runLater(bench: Bench, options: () => StoreOptions): Promise<void> {
  await bench.open();
  const log = await bench.work();
  const before = Date.now();
  await bench.store(bench.delivery('later', options()), 'now');
  await bench.until('both ran', () => log.ended === 2);
  equal(log.labels, ['now', 'later'], 'the order');
  const waited = log.of('later')[0]!.startedAt - before;
  check(waited >= DELAY_MS - TOLERANCE_MS, `it ran after ${waited} ms instead of ${DELAY_MS}`);
}
