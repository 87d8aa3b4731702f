import type { Area } from '../area.js';
import { check, equal } from '../../conformance/check.js';

/** Stopping and resuming the work on a queue. */
export const pausing: Area = {
  title: 'pausing',
  declare({ it, itNeeds }) {
    it('runs nothing more of the queue until it is resumed', async (bench) => {
      await bench.open();
      const other = `${bench.queue}.other`;
      await bench.open({ name: other });
      const [log, otherLog] = [await bench.work(), await bench.work(() => {}, { queue: other })];
      await bench.engine.setPaused(bench.queue, true);
      await bench.store('a');
      await bench.engine.store(other, [bench.delivery('b')]);
      await bench.until('the other queue went on', () => otherLog.ended === 1);
      await bench.quiet();
      equal(log.labels, [], 'what ran of the queue that is paused');
      await bench.engine.setPaused(bench.queue, false);
      await bench.untilDone({ completed: 1 });
    });

    it('lets what is running go on', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const log = await bench.work(() => gate.passed);
      await bench.store('a');
      await bench.until('it was running', () => log.runs.length === 1);
      await bench.engine.setPaused(bench.queue, true);
      check(!log.runs[0]!.claim.signal.aborted, 'what was running has been aborted');
      gate.open();
      await bench.untilDone({ completed: 1 });
      await bench.engine.setPaused(bench.queue, false);
    });

    it('is known, and may be done twice', async (bench) => {
      await bench.open();
      const { engine, queue } = bench;
      const isPaused = async (): Promise<boolean> => (await engine.getPaused()).includes(queue);
      equal(await isPaused(), false, 'paused at first');
      await engine.setPaused(queue, true);
      await engine.setPaused(queue, true);
      equal(
        (await engine.getPaused()).filter((name) => name === queue),
        [queue],
        'paused',
      );
      await engine.setPaused(queue, false);
      await engine.setPaused(queue, false);
      equal(await isPaused(), false, 'paused after it was resumed');
      await engine.setPaused(queue, true);
      equal(await isPaused(), true, 'paused again');
      await engine.setPaused(queue, false);
    });

    itNeeds('multiProcess', 'is seen by other processes', async (bench) => {
      await bench.open();
      const other = await bench.another();
      const log = await bench.work(() => {}, { engine: other });
      await bench.engine.setPaused(bench.queue, true);
      await bench.until('the other saw it', async () => (await other.getPaused()).includes(bench.queue));
      await bench.quiet();
      await bench.store('a');
      await bench.quiet();
      equal(log.labels, [], 'what ran while it was paused');
      await bench.engine.setPaused(bench.queue, false);
      await bench.untilDone({ completed: 1 });
      equal(log.labels, ['a'], 'what ran');
    });
  },
};
