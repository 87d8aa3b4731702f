import type { Area } from '../area.js';
import { dead, failed } from '../bench.js';
import { equal } from '../../conformance/check.js';

/** How many deliveries are where. */
export const counting: Area = {
  title: 'counting',
  declare({ it, itNeeds }) {
    it('counts what is ready, active, completed and given up', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const log = await bench.work((_claim, label) =>
        label === 'slow' ? gate.passed : label === 'poison' ? dead() : undefined,
      );
      await bench.store('a', 'b', 'poison', 'slow');
      const done = { ready: 0, delayed: 0, active: 1, completed: 2, failed: 1 };
      await bench.until('one was active', async () => {
        const { active, completed, failed: given } = await bench.count();
        return active === 1 && completed === 2 && given === 1;
      });
      equal(await bench.count(), done, 'counts');
      gate.open();
      await bench.untilDone({ completed: 3, failed: 1 });
      await log.stop();
      await bench.store('c');
      equal((await bench.count()).ready, 1, 'ready');
    });

    it('counts what waits for another attempt as delayed', async (bench) => {
      await bench.open({ retries: 1 });
      await bench.work(() => failed(60_000));
      await bench.store('a');
      await bench.until('it was delayed', async () => (await bench.count()).delayed === 1);
    });

    itNeeds('delay', 'counts what is to be run later as delayed', async (bench) => {
      await bench.open();
      await bench.store('now', bench.delivery('later', { delayMs: 60_000 }));
      const { ready, delayed } = await bench.count();
      equal({ ready, delayed }, { ready: 1, delayed: 1 }, 'counts');
    });

    it('counts by queue, event and listener', async (bench) => {
      const { engine, queue } = bench;
      const second = `${queue}.second`;
      await bench.open();
      await bench.open({ name: second });
      await bench.store('a', 'b', bench.delivery('c', {}, { listener: 'Mailer.send' }));
      await engine.store(second, [bench.delivery('d', {}, { event: 'other' })]);
      const counts = (await engine.count([queue, second])).map(({ queue: name, event, listener, ready }) =>
        [name, event, listener ?? '-', ready].join(' '),
      );
      const expected = [
        `${queue} order-placed - 2`,
        `${queue} order-placed Mailer.send 1`,
        `${second} other - 1`,
      ];
      equal(counts.toSorted(), expected, 'counts');
      equal((await engine.count([second])).length, 1, 'counts of one queue');
    });

    itNeeds('orderingKeys', 'counts what has ordering keys with the rest', async (bench) => {
      await bench.open();
      await bench.store('a', bench.delivery('b', { orderingKey: 'k' }));
      const counts = await bench.engine.count([bench.queue]);
      equal(
        counts.map(({ queue, ready }) => [queue, ready]),
        [[bench.queue, 2]],
        'counts',
      );
      const queues = await bench.engine.listQueues();
      const own = queues.filter((name) => name.startsWith(bench.queue));
      equal(own.toSorted(), [bench.queue, bench.deadLetterQueue], 'queues');
    });
  },
};
