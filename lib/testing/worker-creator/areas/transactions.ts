import type { Area } from '../area.js';
import type { Bench } from '../bench.js';
import type { HarnessTransaction } from '../harness.js';
import { check, equal, rejection } from '../../conformance/check.js';

/** Storing in a transaction of the caller's. */
export const transactions: Area = {
  title: 'transactions',
  declare({ itNeeds }) {
    itNeeds('transactions', 'stores when the transaction commits, and not before', async (bench) => {
      await bench.open();
      const log = await bench.work();
      const transaction = await begin(bench);
      await storeIn(bench, transaction, 'a', 'b');
      await bench.quiet();
      equal(log.labels, [], 'what ran before the commit');
      await transaction.commit();
      await bench.untilDone({ completed: 2 });
      equal(log.labels.toSorted(), ['a', 'b'], 'what ran');
    });

    itNeeds('transactions', 'stores nothing if it is rolled back', async (bench) => {
      await bench.open();
      const log = await bench.work();
      const transaction = await begin(bench);
      await storeIn(bench, transaction, 'a', 'b');
      await transaction.rollback();
      await bench.store('last');
      await bench.untilDone({ completed: 1 });
      equal(log.labels, ['last'], 'what ran');
    });

    itNeeds('transactions', 'says so if a delivery is refused, and stores none', async (bench) => {
      await bench.open();
      const transaction = await begin(bench);
      const bad = bench.delivery('b', {}, { payload: { label: 'b', text: 'a\0b' } });
      const error = await rejection('store()', () =>
        bench.engine.store(bench.queue, [bench.delivery('a'), bad], transaction.transaction),
      );
      check(bench.engine.isRefusal(error), `isRefusal() is false for '${String(error)}'`);
      await transaction.rollback();
      equal((await bench.count()).ready, 0, 'deliveries stored');
    });

    itNeeds(['transactions', 'orderingKeys'], 'takes ordering keys, too', async (bench) => {
      await bench.open();
      const transaction = await begin(bench);
      const deliveries = ['a', 'b', 'c'].map((label) => bench.delivery(label, { orderingKey: 'k' }));
      await bench.engine.store(bench.queue, [...deliveries, bench.delivery('d')], transaction.transaction);
      await transaction.commit();
      const log = await bench.work();
      await bench.untilDone({ completed: 4 });
      equal(
        log.labels.filter((label) => label !== 'd'),
        ['a', 'b', 'c'],
        'the order',
      );
    });
  },
};

async function begin(bench: Bench): Promise<HarnessTransaction> {
  const { store } = bench.testStore;
  check(store.beginTransaction !== undefined, 'the harness needs beginTransaction() for this engine');
  return store.beginTransaction(bench.engine);
}

function storeIn(bench: Bench, { transaction }: HarnessTransaction, ...labels: string[]): Promise<void> {
  const deliveries = labels.map((label) => bench.delivery(label));
  return bench.engine.store(bench.queue, deliveries, transaction);
}
