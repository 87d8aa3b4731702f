import type { WorkerCreator } from '../../../queue/worker-creator.js';
import type { Area } from '../area.js';
import { type Bench, failed } from '../bench.js';
import { check, equal } from '../../conformance/check.js';

/** Giving back what is in hand at the end of a process. */
export const releasing: Area = {
  title: 'releasing',
  declare({ it, itNeeds }) {
    it('gives back what is running, with its attempts as they were', async (bench) => {
      await bench.open({ retries: 1 });
      const gate = bench.gate();
      const first = await bench.work(({ attempt }) => (attempt === 1 ? failed() : gate.passed));
      await bench.store('a');
      await bench.until('a ran again', () => first.runs.length === 2);
      await first.release();
      check(first.runs[1]!.claim.signal.aborted, 'the signal of the claim is not aborted');
      const next = await bench.work(() => {}, { engine: await nextEngine(bench) });
      await bench.untilDone({ completed: 1 });
      equal(
        next.runs.map(({ claim }) => [claim.attempt, claim.maxAttempts]),
        [[2, 2]],
        'attempts',
      );
    });

    it('takes no notice of what becomes of it afterwards', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const first = await bench.work(() => gate.passed);
      await bench.store('a');
      await bench.until('a was running', () => first.runs.length === 1);
      await first.release();
      const next = await bench.work(() => gate.passed, { engine: await nextEngine(bench) });
      await bench.until('a was running again', () => next.runs.length === 1);
      gate.open();
      await bench.untilDone({ completed: 1 });
      equal([first.ended, next.ended], [1, 1], 'runs');
    });

    it('gives back what has not begun, too', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const first = await bench.work(
        (_claim, label) => (label.startsWith('quick') ? undefined : gate.passed),
        {
          concurrency: 2,
        },
      );
      // Many quick ones first: an engine may then take more than it runs at a time.
      await bench.store(...Array.from({ length: 40 }, (_, index) => `quick ${index}`));
      await bench.until('the quick ones were done', () => first.ended === 40);
      await bench.store(...Array.from({ length: 10 }, (_, index) => `slow ${index}`));
      await bench.until('two were running', () => first.runs.length === 42);
      await first.release();
      const next = await bench.work(() => {}, { engine: await nextEngine(bench) });
      await bench.untilDone({ completed: 50 });
      equal(
        next.runs.map(({ claim }) => claim.attempt),
        Array(10).fill(1),
        'attempts',
      );
    });

    itNeeds('orderingKeys', 'keeps the order of an ordering key', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const first = await bench.work(() => gate.passed);
      for (const label of ['a', 'b', 'c']) await bench.store(bench.delivery(label, { orderingKey: 'k' }));
      await bench.until('a was running', () => first.runs.length === 1);
      await first.release();
      const next = await bench.work(() => {}, { engine: await nextEngine(bench) });
      await bench.untilDone({ completed: 3 });
      equal(next.labels, ['a', 'b', 'c'], 'the order');
    });
  },
};

/** Another process takes over; where there can be none, another worker. */
export async function nextEngine(bench: Bench): Promise<WorkerCreator> {
  return bench.capabilities.multiProcess ? bench.another() : bench.engine;
}
