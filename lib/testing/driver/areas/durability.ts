import { describeThrown, EventsError } from '../../../errors/index.js';
import { check, equal, rejection } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import type { Place } from '../places.js';
import { Heard, Ignored, SuiteListeners } from '../suite-events.js';

type Body = (bench: DriverBench) => Promise<void>;

const NOT_STORED =
  'A durable driver stores before dispatch() resolves, and begins what is stored in work(), once it is started again';

/** What outlives the application that dispatched it; where nothing does, the driver must not say so. */
export const durability: Area = {
  title: 'durability',
  declare(it) {
    const itStores = (title: string, body: Body): void =>
      it(title, (bench) =>
        bench.capabilities.durable ? body(bench) : bench.once('stores nothing', () => storesNothing(bench)),
      );
    const itKeeps = (title: string, body: Body): void =>
      itStores(title, (bench) =>
        bench.isVolatile ? bench.once('loses all', () => losesAll(bench)) : body(bench),
      );

    itKeeps('delivers what was accepted by an application that is gone', async (bench) => {
      const place = await bench.place();
      await accept(bench, place, 'close');
      await bench.start({}, place);
      await bench.until(
        `all was delivered that was accepted before. ${NOT_STORED}`,
        () => bench.log.ended >= 3,
      );
      await bench.quiet();
      equal(bench.log.started.toSorted(), ['execute b', 'first a', 'second a'], 'what ran');
    });

    itKeeps('delivers what was accepted by a process that has died', async (bench) => {
      const place = await bench.place();
      await accept(bench, place, 'crash');
      await bench.start({}, place);
      await bench.until(
        `all was delivered that was accepted before. ${NOT_STORED}`,
        () => bench.log.ended >= 3,
      );
    });

    itKeeps('delivers once what is done', (bench) =>
      runsOnce(bench, 'what ran', 'Store that a delivery is done, and wait for that in close()'),
    );

    itStores('leaves the work to others where it is told to', async (bench) => {
      const app = await bench.start({ workers: false });
      await app.events.dispatch(bench.heard());
      await bench.quiet();
      equal(bench.log.started, [], 'what ran', 'Do not begin in work() where host.workers is false');
    });

    itStores('stores what is dispatched together, all or none', async (bench) => {
      const { events } = await bench.app();
      const error = await rejection('dispatching an event that cannot be stored together with others', () =>
        events.dispatchMany([bench.done('a'), bench.done('b', () => undefined), bench.done('c')]),
      );
      check(
        EventsError.isInstance(error),
        `it rejected with '${describeThrown(error)}', which is no EventsError`,
      );
      await bench.quiet();
      equal(
        bench.log.started,
        [],
        'what ran of events that were refused together',
        'Implement dispatchMany(), and check all before any is stored',
      );
    });

    itKeeps('does not lose an event that an application does not know', async (bench) => {
      const place = await bench.place();
      const first = await bench.start({ workers: false }, place);
      await first.events.dispatch(bench.done());
      await first.close();
      const ignorant = await bench.start({ events: [Heard, Ignored], providers: [SuiteListeners] }, place);
      await bench.quiet();
      await ignorant.close();
      const last = await bench.start({}, place);
      await bench.until(
        'the event was delivered, or listed by EventQueues.listFailed(), after an application had it that does not know ' +
          'its class. Keep what cannot be delivered',
        async () =>
          bench.log.started.includes('execute a') ||
          (await last.listFailed()).some(({ eventName }) => eventName === 'conformance.done'),
      );
    });
  },
};

/** Has an application accept three deliveries, which it is not to make, and ends it. */
async function accept(bench: DriverBench, place: Place, end: 'close' | 'crash'): Promise<void> {
  const app = await bench.start({ workers: false }, place);
  await app.events.dispatch(bench.heard('a'));
  await app.events.dispatch(bench.done('b'));
  if (end === 'crash') await bench.harness.crash?.(app.driver, place.options);
  await app.close();
  equal(bench.log.started, [], 'what ran in an application that works nothing');
}

function storesNothing(bench: DriverBench): Promise<void> {
  return runsOnce(
    bench,
    'what ran in an application and another after it',
    'A driver that stores says durable: true among its capabilities',
  );
}

/** What an application has done is not done by another that has the same store. */
async function runsOnce(bench: DriverBench, what: string, advice: string): Promise<void> {
  const place = await bench.place();
  const app = await bench.start({}, place);
  await app.events.dispatch(bench.done());
  await bench.untilEnded(1);
  await app.close();
  await bench.start({}, place);
  await bench.quiet();
  equal(bench.log.started, ['execute a'], what, advice);
}

async function losesAll(bench: DriverBench): Promise<void> {
  const place = await bench.place();
  await accept(bench, place, 'close');
  await bench.start({}, place);
  await bench.quiet();
  equal(
    bench.log.started,
    [],
    'what ran',
    'What is stored outlives the application: leave out outlivesApplication',
  );
}
