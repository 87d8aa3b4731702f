import { setTimeout as delay } from 'node:timers/promises';
import type { Area } from '../area.js';
import type { Bench } from '../bench.js';
import { check, equal } from '../../conformance/check.js';

/** Whether two look at the same moment is a matter of chance. */
const ROUNDS = 5;

/** Deliveries that count together. */
export const groups: Area = {
  title: 'groups',
  declare({ itNeeds }) {
    itNeeds('groups', 'runs as many of a group at a time as it may', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const log = await bench.work(() => gate.passed, { groupConcurrency: 2 });
      await bench.store(...grouped(bench, 'a', 5), ...grouped(bench, 'b', 1), 'none');
      await bench.until('four were running', () => log.runs.length >= 4);
      await bench.quiet();
      equal(log.labels.toSorted(), ['a0', 'a1', 'b0', 'none'], 'what was running');
      gate.open();
      await bench.untilDone({ completed: 7 });
    });

    itNeeds('groups', 'takes the next of a group when one is done', async (bench) => {
      await bench.open();
      const log = await bench.work(() => {}, { groupConcurrency: 1 });
      await bench.store(...grouped(bench, 'a', 5));
      await bench.untilDone({ completed: 5 });
      equal(log.labels, ['a0', 'a1', 'a2', 'a3', 'a4'], 'the order');
      equal(log.maxRunning, 1, 'running at a time');
    });

    itNeeds(['groups', 'multiProcess'], 'counts what runs in other processes', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const options = { groupConcurrency: 1, concurrency: 3 };
      const one = await bench.work(() => gate.passed, options);
      await bench.store(...grouped(bench, 'a', 3));
      await bench.until('one was running', () => one.runs.length === 1);
      const two = await bench.work(() => {}, { ...options, engine: await bench.another() });
      await bench.store(...grouped(bench, 'b', 1));
      await bench.until('the other group ran', () => one.runs.length + two.runs.length === 2);
      await bench.quiet();
      const running = [...one.labels, ...two.labels].filter((label) => label.startsWith('a'));
      equal(running, ['a0'], 'what was running of the group');
      gate.open();
      await bench.untilDone({ completed: 4 });
    });

    itNeeds(
      ['groups', 'multiProcess'],
      'counts what other processes take at the same moment',
      async (bench) => {
        await bench.open();
        const engines = [bench.engine, await bench.another(), await bench.another()];
        let running = 0;
        let most = 0;
        const script = async (): Promise<void> => {
          most = Math.max(most, ++running);
          await delay(1);
          running--;
        };
        await Promise.all(
          // A worker has room for one, so that it takes one after another.
          engines.flatMap((engine) =>
            Array.from({ length: 3 }, () =>
              bench.work(script, { engine, groupConcurrency: 2, concurrency: 1 }),
            ),
          ),
        );
        for (let round = 0; round < ROUNDS; round++) {
          await bench.store(...grouped(bench, 'a', 12));
          await bench.untilDone({ completed: 12 * (round + 1) });
        }
        check(most <= 2, `${most} of a group ran at a time, of which 2 may`);
      },
    );
  },
};

function grouped(bench: Bench, group: string, count: number): ReturnType<Bench['delivery']>[] {
  return Array.from({ length: count }, (_, index) => bench.delivery(`${group}${index}`, { group }));
}
