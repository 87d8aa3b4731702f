import type { Area } from '../area.js';
import type { Bench } from '../bench.js';
import { dead } from '../bench.js';
import { check, equal, rejection } from '../../conformance/check.js';

const NOT_TEXT = { NUL: 'a\0b', 'a lone surrogate': 'a\uD800b' };

/** Storing: all or none, once, and unchanged. */
export const storing: Area = {
  title: 'storing',
  declare({ it, itNeeds }) {
    it('keeps data as it is', async (bench) => {
      await bench.open();
      const delivery = bench.delivery(
        'ä',
        { timeoutMs: 5000 },
        {
          listener: 'Mailer.send',
          payload: { label: 'ä', nested: [{ text: '😀"\\\n' }, null, 0.1, true, ''] },
          types: { values: { at: ['Date'] } },
          headers: { traceparent: '00-1-2-01' },
          driver: 'retry',
        },
      );
      await bench.store(delivery);
      const log = await bench.work();
      await bench.untilDone({ completed: 1 });
      equal(log.runs[0]!.claim.data, delivery.data, 'data of the claim');
      equal(log.runs[0]!.claim.id, delivery.id, 'id of the claim');
    });

    for (const [what, text] of Object.entries(NOT_TEXT)) {
      it(`refuses ${what}, and with it all that is stored in the same call`, async (bench) => {
        await bench.open();
        const bad = bench.delivery('b', {}, { payload: { label: 'b', text } });
        await refuseAll(bench, [bench.delivery('a'), bad, bench.delivery('c')]);
      });
    }

    itNeeds('orderingKeys', 'stores none where one with an ordering key is refused', async (bench) => {
      await bench.open();
      const bad = bench.delivery('b', { orderingKey: 'k' }, { payload: { label: 'b', text: 'a\0b' } });
      await refuseAll(bench, [bench.delivery('a'), bad]);
    });

    it('stores one id once', async (bench) => {
      await bench.open();
      const first = bench.delivery('first');
      const again = bench.delivery('again', {}, {}, first.id);
      await bench.store(first);
      await bench.store(again, 'other');
      const log = await bench.work();
      await bench.untilDone({ completed: 2 });
      await bench.store(again);
      await bench.store('last');
      await bench.untilDone({ completed: 3 });
      equal(log.labels.toSorted(), ['first', 'last', 'other'], 'what ran');
    });

    it('stores no more what is among the dead letters', (bench) => storeDeadAgain(bench));

    itNeeds('orderingKeys', 'nor if it has an ordering key', (bench) => storeDeadAgain(bench, 'order-1'));

    it('runs first what was stored first', async (bench) => {
      await bench.open();
      await bench.store('a', 'b', 'c');
      await bench.store('d');
      await bench.store('e', 'f');
      const log = await bench.work(() => {}, { concurrency: 1 });
      await bench.untilDone({ completed: 6 });
      equal(log.labels, ['a', 'b', 'c', 'd', 'e', 'f'], 'the order');
    });

    it('takes many at a time', async (bench) => {
      await bench.open();
      const labels = Array.from({ length: 500 }, (_, index) => String(index));
      await bench.store(...labels);
      const log = await bench.work();
      await bench.untilDone({ completed: 500 });
      equal(new Set(log.labels).size, 500, 'different deliveries that ran');
      equal(log.runs.length, 500, 'runs');
    });
  },
};

async function refuseAll(bench: Bench, deliveries: ReturnType<Bench['delivery']>[]): Promise<void> {
  const error = await rejection('store()', () => bench.store(...deliveries));
  check(bench.engine.isRefusal(error), `isRefusal() is false for '${String(error)}'`);
  const { ready, delayed } = await bench.count();
  equal(ready + delayed, 0, 'deliveries stored');
  // Nothing is left behind that would keep out the good ones.
  await bench.store(deliveries[0]!);
  equal((await bench.count()).ready, 1, 'deliveries stored without the bad one');
}

async function storeDeadAgain(bench: Bench, orderingKey?: string): Promise<void> {
  await bench.open();
  const options = orderingKey === undefined ? {} : { orderingKey };
  const poison = bench.delivery('poison', options);
  const log = await bench.work((_claim, label) => (label === 'poison' ? dead() : undefined));
  await bench.store(poison);
  await bench.untilDone({ failed: 1 });
  await bench.store(poison);
  await bench.store(bench.delivery('last', options));
  await bench.untilDone({ failed: 1, completed: 1 });
  equal(log.labels, ['poison', 'last'], 'what ran');
}
