import type { Provider } from '@nestjs/common';
import { EventService } from '../../../index.js';
import { check, equal } from '../../conformance/check.js';
import type { Area } from '../area.js';
import { Done, Heard, SuiteListeners } from '../suite-events.js';

const ONCE = 'A driver runs a delivery once if that succeeds: call execute() of the event, and await it';

/** Getting events to their work. */
export const delivering: Area = {
  title: 'delivering',
  declare(it) {
    it("does an event's own work once, as the event that it was", async (bench) => {
      const { events } = await bench.app();
      const event = bench.done('a', { amount: 3 });
      await events.dispatch(event);
      await bench.untilEnded(1);
      await bench.quiet();
      equal(bench.log.started, ['execute a'], 'what ran', ONCE);
      const [run] = bench.log.runs;
      check(run!.event instanceof Done, 'what ran is of another class than what was dispatched');
      equal(run!.event.getPayload().value, { amount: 3 }, 'the payload');
      equal([run!.event.getName(), run!.event.getId()], [event.getName(), event.getId()], 'name and id');
    });

    it('tells each listener once', async (bench) => {
      const { events } = await bench.app();
      const event = bench.heard('a', ['b', 1]);
      await events.dispatch(event);
      await bench.untilEnded(2);
      await bench.quiet();
      equal(bench.log.started.toSorted(), ['first a', 'second a'], 'what ran', ONCE);
      for (const run of bench.log.runs) {
        check(run.event instanceof Heard, 'a listener was given another class than what was dispatched');
        equal([run.event.getId(), run.event.getPayload().value], [event.getId(), ['b', 1]], 'id and payload');
      }
    });

    it('resolves when it has done its part: run it, or taken it over', async (bench) => {
      const gate = bench.gate();
      const { events } = await bench.app(() => gate.passed);
      const dispatched = events.dispatch(bench.done());
      if (bench.isAwaited) {
        let hasResolved = false;
        void dispatched.then(() => (hasResolved = true));
        await bench.until('the work was begun', () => bench.log.runs.length === 1);
        await bench.quiet();
        check(
          !hasResolved,
          'dispatch() resolved before the work was done. Await execute(), or say background: true among the capabilities',
        );
        gate.open();
        await bench.inTime('dispatch() to resolve once the work was done', dispatched);
      } else {
        const what = 'dispatch() to resolve while the work was not done, as its capabilities promise';
        await bench.inTime(what, dispatched);
        gate.open();
      }
      await bench.untilEnded(1);
    });

    it('has nothing to do for an event without work and listeners', async (bench) => {
      const { events } = await bench.app();
      await bench.inTime('dispatch() to resolve', events.dispatch(bench.ignored()));
    });

    it('takes what is dispatched while the application starts', async (bench) => {
      const early: { dispatched?: Promise<void> } = {};
      const dispatcher: Provider = {
        provide: 'early',
        inject: [EventService],
        // Before any driver is open; whoever awaited it here would wait for themselves.
        useFactory: (events: EventService) => {
          early.dispatched = events.dispatch(bench.done());
          early.dispatched.catch(() => {});
          return {};
        },
      };
      await bench.start({ providers: [SuiteListeners, dispatcher] });
      await bench.inTime('dispatch() to resolve, though it came before open()', early.dispatched!);
      await bench.untilEnded(1);
    });

    it('delivers several events that are dispatched together, each once', async (bench) => {
      const { events } = await bench.app();
      const labels = ['a', 'b', 'c', 'd', 'e'];
      await events.dispatchMany(labels.map((label) => bench.done(label)));
      await bench.untilEnded(5);
      await bench.quiet();
      equal(
        bench.log.started.toSorted(),
        labels.map((label) => `execute ${label}`),
        'what ran',
        ONCE,
      );
    });
  },
};
