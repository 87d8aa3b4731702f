import type { Area } from '../area.js';
import { check, equal } from '../../conformance/check.js';

/** Longer than a test takes: whoever waits for it finds nothing by looking for it. */
const NEVER_POLL_MS = 600_000;

/** Working a queue. */
export const working: Area = {
  title: 'working',
  declare({ it, itNeeds }) {
    it('runs each delivery once', async (bench) => {
      await bench.open({ retries: 3 });
      await bench.store('a', 'b', 'c');
      const log = await bench.work();
      await bench.store('d', 'e');
      await bench.untilDone({ completed: 5 });
      equal(log.labels.toSorted(), ['a', 'b', 'c', 'd', 'e'], 'what ran');
    });

    it('says what a run needs to know', async (bench) => {
      await bench.open({ retries: 2 });
      const delivery = bench.delivery('a');
      await bench.store(delivery);
      const log = await bench.work();
      await bench.untilDone({ completed: 1 });
      const { id, queue, data, attempt, maxAttempts, signal } = log.runs[0]!.claim;
      const told = { id, queue, data, attempt, maxAttempts, aborted: signal.aborted };
      const expected = { queue: bench.queue, attempt: 1, maxAttempts: 3, aborted: false };
      equal(told, { ...expected, id: delivery.id, data: delivery.data }, 'the claim');
    });

    it('runs as many at a time as it may, and no more', async (bench) => {
      await bench.open();
      const labels = Array.from({ length: 12 }, (_, index) => String(index));
      await bench.store(...labels);
      const gate = bench.gate();
      const log = await bench.work(() => gate.passed, { concurrency: 4 });
      await bench.until('4 were running', () => log.runs.length >= 4);
      await bench.quiet();
      equal(log.runs.length, 4, 'running at a time');
      gate.open();
      await bench.untilDone({ completed: 12 });
      equal(log.maxRunning, 4, 'running at a time');
    });

    itNeeds('orderingKeys', 'counts those with an ordering key among them', async (bench) => {
      await bench.open();
      const mixed = Array.from({ length: 8 }, (_, index) =>
        bench.delivery(`${index}`, index % 2 === 0 ? {} : { orderingKey: `${index}` }),
      );
      await bench.store(...mixed);
      const log = await bench.work(() => bench.quiet(), { concurrency: 3 });
      await bench.untilDone({ completed: 8 });
      equal(log.maxRunning, 3, 'running at a time');
    });

    it('lets a slow delivery hold up nobody else', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const log = await bench.work((_claim, label) => (label === 'slow' ? gate.passed : undefined), {
        concurrency: 2,
      });
      await bench.store('slow', 'a', 'b', 'c');
      await bench.store('d', 'e');
      await bench.until('all others were done', () => log.ended === 5);
      equal(log.of('slow')[0]?.endedAt ?? 'running', 'running', 'the slow one');
      gate.open();
      await bench.untilDone({ completed: 6 });
    });

    it('waits for what is running when it is stopped, and takes nothing more', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const log = await bench.work(() => gate.passed, { concurrency: 1 });
      await bench.store('a', 'b');
      await bench.until('one was running', () => log.runs.length === 1);
      let hasStopped = false;
      const stopping = log.stop().then(() => (hasStopped = true));
      await bench.quiet();
      check(!hasStopped, 'stop() resolved before the run had ended');
      gate.open();
      await stopping;
      await bench.store('c');
      await bench.quiet();
      // Whichever of the two: without an ordering key they are in no order.
      equal(log.runs.length, 1, 'how many ran');
      const { ready, completed, active } = await bench.count();
      equal({ ready, completed, active }, { ready: 2, completed: 1, active: 0 }, 'counts');
      const next = await bench.work();
      await bench.until('the others ran', () => next.ended === 2);
      equal(
        next.runs.map(({ claim }) => claim.attempt),
        [1, 1],
        'attempts',
      );
    });

    it('hears of new work without looking for it', async (bench) => {
      await bench.open();
      const log = await bench.work(() => {}, { pollIntervalMs: NEVER_POLL_MS });
      for (const label of ['a', 'b', 'c']) {
        await bench.store(label);
        await bench.until(`${label} ran`, () => log.of(label).length === 1);
      }
    });

    itNeeds('multiProcess', 'hears of new work of another process', async (bench) => {
      await bench.open();
      const engine = await bench.another();
      const log = await bench.work(() => {}, { engine, pollIntervalMs: NEVER_POLL_MS });
      for (const label of ['a', 'b']) {
        await bench.store(label);
        await bench.until(`${label} ran`, () => log.of(label).length === 1);
      }
    });

    itNeeds('multiProcess', 'shares work between processes, none of it twice', async (bench) => {
      await bench.open();
      const logs = [await bench.work(), await bench.work(() => {}, { engine: await bench.another() })];
      const labels = Array.from({ length: 200 }, (_, index) => String(index).padStart(3, '0'));
      for (let index = 0; index < 200; index += 20) await bench.store(...labels.slice(index, index + 20));
      await bench.untilDone({ completed: 200 });
      equal(logs.flatMap((log) => log.labels).toSorted(), labels, 'what ran');
    });
  },
};
