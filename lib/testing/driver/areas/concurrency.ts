import { check, equal } from '../../conformance/check.js';
import type { Area } from '../area.js';

const AT_A_TIME = 50;

/** Several deliveries at a time. */
export const concurrency: Area = {
  title: 'concurrency',
  declare(it) {
    it('delivers to the listeners of one dispatch at a time, or one after another, as it says', async (bench) => {
      const gate = bench.gate();
      const { events } = await bench.app(() => gate.passed);
      const dispatched = events.dispatch(bench.heard());
      dispatched.catch(() => {});
      if (bench.capabilities.concurrent) {
        await bench.until(
          'both listeners were running at a time, as the capability concurrent promises',
          () => bench.log.maxRunning === 2,
        );
      } else {
        await bench.until('a listener was running', () => bench.log.runs.length > 0);
        await bench.quiet();
        check(
          bench.log.maxRunning === 1,
          'both listeners were running at a time. A driver that bounds by itself how many deliveries run at a time ' +
            'says concurrent: true among its capabilities; another runs one after another',
        );
      }
      gate.open();
      await bench.inTime('dispatch() to resolve', dispatched);
      await bench.untilEnded(2);
      if (!bench.capabilities.concurrent) equal(bench.log.maxRunning, 1, 'listeners running at a time');
    });

    it('takes many dispatches at a time, and loses and doubles none', async (bench) => {
      const { events } = await bench.app(() => new Promise((resolve) => setImmediate(resolve)));
      const labels = Array.from({ length: AT_A_TIME }, (_, index) => String(index).padStart(3, '0'));
      await Promise.all(labels.map((label) => events.dispatch(bench.done(label))));
      await bench.untilEnded(AT_A_TIME);
      await bench.quiet();
      equal(
        bench.log.started.toSorted(),
        labels.map((label) => `execute ${label}`),
        'what ran',
      );
    });
  },
};
