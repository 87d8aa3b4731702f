import { setTimeout as delay } from 'node:timers/promises';
import type { DriverName } from '../../../driver/driver-names.js';
import { describeThrown, EventsError } from '../../../errors/index.js';
import { TimeoutDriver } from '../../../index.js';
import { check, equal, rejection } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import { SUBJECT, type SuiteApp } from '../suite-app.js';
import type { TestEvent } from '../test-log.js';

/** How long a delivery may take; more than it takes to store one. */
const LIMIT_MS = 40;
const STORING_LIMIT_MS = 300;

/** The name of the driver around the one that is tried. */
const LIMIT = 'limit' as DriverName;

/** Whoever waits for a delivery may give up on it: a `TimeoutDriver` that wraps the driver, for example. */
export const aborting: Area = {
  title: 'aborting',
  declare(it) {
    it("lets the signal of whoever gives up reach an event's own work, or has nobody waiting", (bench) =>
      reaches(bench, bench.done()));

    it('lets it reach a listener as well', (bench) => reaches(bench, bench.queued()));
  },
};

function startLimited(bench: DriverBench): Promise<SuiteApp> {
  const options = { timeout: bench.isAwaited ? LIMIT_MS : STORING_LIMIT_MS, driver: SUBJECT };
  return bench.start({ defaultDriver: LIMIT, drivers: { [LIMIT]: { driver: TimeoutDriver, options } } });
}

async function reaches(bench: DriverBench, event: TestEvent): Promise<void> {
  const { events } = await startLimited(bench);
  if (!bench.isAwaited) {
    await goesOn(bench, event, () => events.dispatch(event));
    return;
  }
  bench.log.script = ({ signal }) =>
    new Promise((resolve) =>
      signal === undefined ? resolve(undefined) : signal.addEventListener('abort', resolve),
    );
  const dispatched = rejection('dispatching with a limit of time that is too short', () =>
    events.dispatch(event),
  );
  dispatched.catch(() => {});
  await bench.until('the work was begun', () => bench.log.runs.length > 0);
  const { signal } = bench.log.runs[0]!;
  check(
    signal !== undefined,
    'the work was given no signal. Run what dispatch() is given by its own execute(), not the event that it stands for',
  );
  const error = await bench.inTime('dispatch() to reject', dispatched);
  check(
    EventsError.isInstance(error) && error.code === 'EVENTS_TIMEOUT',
    `dispatch() rejected with '${describeThrown(error)}' instead of an EventTimeoutError`,
  );
  await bench.until('the signal that the work was given was aborted', () => signal.aborted);
}

/** Who has been told that it is accepted waits for it no longer: that their time is over says nothing. */
async function goesOn(bench: DriverBench, event: TestEvent, dispatch: () => Promise<void>): Promise<void> {
  bench.log.script = () => delay(1.5 * STORING_LIMIT_MS);
  await dispatch();
  await bench.untilEnded(1);
  await bench.quiet();
  equal(bench.log.runs.length, 1, `times that the work of ${event.getName()} was begun`);
  check(
    bench.log.runs[0]!.signal?.aborted !== true,
    'the signal of a dispatch that had resolved has aborted the work. Leave the signal of the dispatch out of what is ' +
      'delivered later',
  );
}
