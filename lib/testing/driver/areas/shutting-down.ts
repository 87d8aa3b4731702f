import { describeThrown, EventsError } from '../../../errors/index.js';
import { check, equal, rejection } from '../../conformance/check.js';
import type { Area } from '../area.js';

/** What the application does to its drivers when it ends. */
export const shuttingDown: Area = {
  title: 'shutting down',
  declare(it) {
    it('waits for the work that it has begun', async (bench) => {
      const gate = bench.gate();
      bench.log.script = () => gate.passed;
      const app = await bench.start();
      const dispatched = app.events.dispatch(bench.done());
      dispatched.catch(() => {});
      await bench.until('the work was begun', () => bench.log.runs.length === 1);
      let hasClosed = false;
      const closing = app.close().then(() => (hasClosed = true));
      await bench.quiet();
      // Whoever awaits the work of a driver that keeps nothing sees to that by themselves.
      if (!bench.isAwaited)
        check(!hasClosed, 'close() of the application resolved while work was going on: wait in drain()');
      gate.open();
      await bench.inTime('dispatch() to resolve', dispatched);
      await bench.inTime('close() of the application to resolve', closing);
      equal(bench.log.ended, 1, 'pieces of work that were done');
    });

    it('is closed once, however often it is told to', async (bench) => {
      const app = await bench.start();
      await app.events.dispatch(bench.done());
      await bench.untilEnded(1);
      const { driver } = app;
      await bench.inTime('close() of the application to resolve', app.close());
      const again = async (): Promise<void> => {
        await driver.drain?.();
        await Promise.all([driver.close?.(), driver.close?.()]);
      };
      await bench.inTime('drain() and close() to resolve once they are done', again());
    });

    it('takes nothing more once it is closed', async (bench) => {
      const app = await bench.start();
      await app.close();
      const dispatch = (): Promise<void> => app.events.dispatch(bench.done());
      if (bench.isAwaited) {
        // What is run at once, and awaited, is nobody's to wait for.
        const outcome = await dispatch().then(
          () => 'run',
          (error: unknown) => error,
        );
        check(
          outcome === 'run' || EventsError.isInstance(outcome),
          `it rejected with '${describeThrown(outcome)}'`,
        );
        return;
      }
      const what = 'dispatching after close()';
      const error = await bench.inTime(`${what} to reject`, rejection(what, dispatch));
      check(
        EventsError.isInstance(error),
        `${what} rejected with '${describeThrown(error)}' instead of a DriverClosedError`,
      );
      await bench.quiet();
      equal(bench.log.started, [], 'what ran of a dispatch after close()');
    });

    it('says what it has accepted and not done', async (bench) => {
      const gate = bench.gate();
      bench.log.script = () => gate.passed;
      const { driver, events } = await bench.start();
      const event = bench.done();
      const dispatched = events.dispatch(event);
      dispatched.catch(() => {});
      await bench.until('the work was begun', () => bench.log.runs.length === 1);
      if (bench.capabilities.background === true) {
        const pending = driver.getPending?.() ?? [];
        equal(
          pending.map((one) => [one.getName(), one.getId?.()]),
          [[event.getName(), event.getId()]],
          'getPending() while the work was going on',
          'It names what is lost if a shutdown takes too long',
        );
      }
      gate.open();
      await bench.inTime('dispatch() to resolve', dispatched);
      await bench.until('getPending() was empty', () => (driver.getPending?.() ?? []).length === 0);
    });

    it('leaves what takes too long to the next, or lets it end', async (bench) => {
      const gate = bench.gate();
      bench.log.script = () => gate.passed;
      const place = await bench.place();
      const app = await bench.start({ shutdownTimeoutMs: 50 }, place);
      const dispatched = app.events.dispatch(bench.done());
      dispatched.catch(() => {});
      await bench.until('the work was begun', () => bench.log.runs.length === 1);
      await bench.inTime('close() of the application to resolve after shutdownTimeoutMs', app.close());
      if (bench.capabilities.durable && !bench.isVolatile) {
        await bench.start({}, place);
        await bench.until(
          'the work was begun again by the next application. What close() does not wait for is not done: keep it',
          () => bench.log.runs.length === 2,
        );
      }
      gate.open();
      await bench.inTime('dispatch() to resolve', dispatched);
    });

    it('leaves nothing that keeps the process alive', async (bench) => {
      const before = countResources();
      const app = await bench.start();
      await app.events.dispatch(bench.done());
      await bench.untilEnded(1);
      await app.close();
      const isGone = bench.until(
        'nothing was left that keeps the process alive. Let go of it in close()',
        () => findLeft(before).length === 0,
        bench.patienceMs / 2,
      );
      await isGone.catch((error: unknown) => {
        throw new Error(`${describeThrown(error)}; what is left: ${findLeft(before).join(', ')}`, {
          cause: error,
        });
      });
    });
  },
};

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** What there is more of than before: timers, sockets, files. */
function findLeft(before: ReadonlyMap<string, number>): string[] {
  return [...countResources()]
    .filter(([type, count]) => type !== 'Immediate' && count > (before.get(type) ?? 0))
    .map(([type]) => type);
}
