import { EventsError } from '../../errors/index.js';
import { check, equal, rejection } from '../conformance/check.js';
import type { DriverBench } from './driver-bench.js';
import { SuiteListeners, TransactionalListener } from './suite-events.js';

/** What shows that a driver stores in the transaction of a dispatch. */
export async function storesInTransaction(bench: DriverBench): Promise<void> {
  const { events, driver } = await bench.app();
  await rejectsByItself('dispatching with a transaction that is none', () =>
    events.dispatch(bench.done('none'), { transaction: { isNone: true } }),
  );
  check(
    bench.harness.beginTransaction !== undefined,
    'the driver honours transaction, and its harness has no beginTransaction() to try that with',
  );
  const rolledBack = await bench.harness.beginTransaction(driver);
  await events.dispatch(bench.done('rolled back'), { transaction: rolledBack.transaction });
  await rolledBack.rollback();
  const committed = await bench.harness.beginTransaction(driver);
  await events.dispatch(bench.done('committed'), { transaction: committed.transaction });
  equal(bench.log.started, [], 'what ran before the transaction was committed');
  await committed.commit();
  await bench.untilEnded(1);
  await bench.quiet();
  equal(bench.log.started, ['execute committed'], 'what ran');
}

/** What shows that a driver runs transactional listeners in a transaction. */
export async function runsInTransaction(bench: DriverBench): Promise<void> {
  const { events } = await bench.start({ providers: [SuiteListeners, TransactionalListener] });
  await events.dispatch(bench.transacted());
  await bench.untilEnded(1);
  check(bench.log.runs[0]!.transaction !== undefined, 'a transactional listener was given no transaction');
}

/** Something has to be refused by an error of the library. */
export async function rejectsByItself(what: string, action: () => Promise<unknown>): Promise<void> {
  const error = await rejection(what, action);
  check(EventsError.isInstance(error), `${what} rejected with '${String(error)}', which is no EventsError`);
}
