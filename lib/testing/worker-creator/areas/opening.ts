import type { Area } from '../area.js';
import { check, equal } from '../../conformance/check.js';

/** Opening, and keeping queues in step with their definitions. */
export const opening: Area = {
  title: 'opening',
  declare({ it, itNeeds }) {
    it('may be done again, also at the same time', async (bench) => {
      await Promise.all([bench.open(), bench.open()]);
      await bench.store('a');
      await bench.open();
      const log = await bench.work();
      await bench.untilDone({ completed: 1 });
      equal(log.labels, ['a'], 'what ran');
    });

    it('creates the queue and that of its dead letters', async (bench) => {
      await bench.open();
      const queues = await bench.engine.listQueues();
      check(queues.includes(bench.queue), `listQueues() lacks ${bench.queue}`);
      check(queues.includes(bench.deadLetterQueue), `listQueues() lacks ${bench.deadLetterQueue}`);
    });

    it('makes changed retries take effect for new deliveries', async (bench) => {
      await bench.open({ retries: 0 });
      await bench.store('before');
      await bench.open({ retries: 2 });
      await bench.store('after');
      const log = await bench.work();
      await bench.untilDone({ completed: 2 });
      equal(log.of('after')[0]!.claim.maxAttempts, 3, 'attempts of one stored after the change');
    });

    it('changes no queue for a process that works none', async (bench) => {
      await bench.open({ retries: 2 });
      await bench.open({ retries: 5 }, { isWorker: false });
      await bench.store('a');
      const log = await bench.work();
      await bench.untilDone({ completed: 1 });
      equal(log.runs[0]!.claim.maxAttempts, 3, 'attempts');
    });

    itNeeds('multiProcess', 'may be done by several processes at once', async (bench) => {
      const [one, two] = await Promise.all([bench.another('unopened'), bench.another('unopened')]);
      await Promise.all([bench.open({}, { engine: one }), bench.open({}, { engine: two })]);
      equal(one.getStoreName(), two.getStoreName(), 'the name of the store');
      await one.store(bench.queue, [bench.delivery('a')]);
      const log = await bench.work(() => {}, { engine: two });
      await bench.until('what one stored ran at the other', () => log.ended === 1);
    });
  },
};
