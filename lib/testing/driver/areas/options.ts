import type { DriverOptionName } from '../../../driver/driver.interface.js';
import { describeThrown, EventsError, type UnsupportedOptionError } from '../../../errors/index.js';
import { check, equal, rejection } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import { HONOURED } from '../honoured-options.js';
import { SUBJECT } from '../suite-app.js';
import { QUEUE, SuiteListeners, TransactionalListener } from '../suite-events.js';

/** An example of each option that a dispatch may have. */
const REQUESTS: Readonly<Record<Exclude<DriverOptionName, 'transactional'>, unknown>> = {
  delay: 60_000,
  at: new Date(Date.now() + 3_600_000),
  priority: 1,
  retries: 1,
  expireIn: 60_000,
  queue: QUEUE,
  group: 'group',
  orderingKey: 'key',
  idempotencyKey: 'key',
  transaction: { isNone: true },
};

/** What a dispatch may ask for. */
export const options: Area = {
  title: 'options',
  declare(it) {
    for (const option of Object.keys(REQUESTS) as (keyof typeof REQUESTS)[]) {
      it(`honours ${option}, or refuses it`, (bench) =>
        bench.honours(option) ? HONOURED[option](bench) : refuses(bench, option));
    }

    it('runs transactional listeners in a transaction, or refuses them', (bench) =>
      bench.honours('transactional') ? HONOURED.transactional(bench) : refusesListener(bench));
  },
};

async function refuses(bench: DriverBench, option: keyof typeof REQUESTS): Promise<void> {
  const { events } = await bench.app();
  const what = `dispatching with ${option}, which is not among the capabilities`;
  const error = await rejection(what, () => events.dispatch(bench.done(), { [option]: REQUESTS[option] }));
  check(
    EventsError.isInstance(error) && error.code === 'EVENTS_UNSUPPORTED_OPTION',
    `${what} rejected with '${describeThrown(error)}' instead of an UnsupportedOptionError`,
  );
  const { driverName, option: named } = error as UnsupportedOptionError;
  equal([driverName, named], [SUBJECT, option], 'driver and option that the error names');
  await bench.quiet();
  equal(bench.log.started, [], 'what ran of a dispatch that was refused');
}

async function refusesListener(bench: DriverBench): Promise<void> {
  const what = 'starting an application with a transactional listener, which is not among the capabilities';
  const { options: own } = await bench.place();
  const error = await bench.refusal(what, own, { providers: [SuiteListeners, TransactionalListener] });
  check(
    EventsError.isInstance(error) && describeThrown(error).includes("'transactional'"),
    `${what} failed with '${describeThrown(error)}', which does not name 'transactional'`,
  );
}
