import { EventsError } from '../../../errors/index.js';
import type { WorkerCreator } from '../../../queue/worker-creator.js';
import type { Area } from '../area.js';
import type { Bench } from '../bench.js';
import { check, equal, rejection } from '../../conformance/check.js';

/** Closing, in whatever state. */
export const closing: Area = {
  title: 'closing',
  declare({ it }) {
    it('may be done before it is open', async (bench) => {
      const engine = await bench.expendable('unopened');
      await within(bench, 'close()', engine.close());
      await checkRefusals(bench, engine);
    });

    it('may be done twice, also at the same time', async (bench) => {
      const engine = await bench.expendable();
      await within(bench, 'close()', Promise.all([engine.close(), engine.close()]));
      await within(bench, 'close()', engine.close());
      await checkRefusals(bench, engine);
    });

    it('may be done while it is being opened', async (bench) => {
      const engine = await bench.expendable('unopened');
      const opening = bench.open({}, { engine }).catch(() => undefined);
      await within(bench, 'close()', engine.close());
      await within(bench, 'open()', opening);
      await checkRefusals(bench, engine);
    });

    it('may be done while deliveries are stored and run', async (bench) => {
      const engine = await bench.expendable();
      const gate = bench.gate();
      const log = await bench.work(() => gate.passed, { engine });
      await engine.store(bench.queue, [bench.delivery('a')]);
      await bench.until('it was running', () => log.runs.length === 1);
      const storing = Promise.allSettled(
        [1, 2, 3].map((n) => engine.store(bench.queue, [bench.delivery(`${n}`)])),
      );
      await within(bench, 'close()', engine.close());
      await within(bench, 'store()', storing);
      await checkRefusals(bench, engine);
      gate.open();
      await within(bench, 'release()', log.release());
      await within(bench, 'stop()', log.stop());
    });

    it('settles nothing that is still running, and runs nothing more', async (bench) => {
      const engine = await bench.expendable({ retries: 1 });
      const gate = bench.gate();
      const log = await bench.work(() => gate.passed, { engine, concurrency: 1 });
      await engine.store(bench.queue, [bench.delivery('a'), bench.delivery('b')]);
      await bench.until('one was running', () => log.runs.length === 1);
      await engine.close();
      gate.open();
      await bench.quiet();
      // Whichever of the two: without an ordering key they are in no order.
      equal(log.runs.length, 1, 'how many ran');
      if (bench.testStore.store.crash === undefined) return;
      const { active, completed } = await bench.count(await bench.another());
      equal(completed, 0, 'completed');
      check(active <= 1, `${active} are active`);
    });
  },
};

/** Whatever an engine is asked for once it is closed, it refuses, by an error of this library. */
async function checkRefusals(bench: Bench, engine: WorkerCreator): Promise<void> {
  const { queue, deadLetterQueue } = bench;
  const work = {
    concurrency: 1,
    groupConcurrency: undefined,
    rateLimit: undefined,
    pollIntervalMs: 50,
    runOnce: false,
  };
  const calls: Record<string, () => Promise<unknown>> = {
    store: () => engine.store(queue, [bench.delivery('a')]),
    work: () => engine.work(queue, work, async () => ({ status: 'completed' })),
    count: () => engine.count([queue]),
    listDeadLetters: () => engine.listDeadLetters(deadLetterQueue, {}, { limit: 1 }),
    previewRedrive: () => engine.previewRedrive(deadLetterQueue, {}),
    redrive: () => engine.redrive(deadLetterQueue, {}, 1),
    purge: () => engine.purge(deadLetterQueue, {}, 1),
    setPaused: () => engine.setPaused(queue, true),
    getPaused: () => engine.getPaused(),
    listQueues: () => engine.listQueues(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await within(bench, `${name}()`, rejection(`${name}() after close()`, call));
    check(
      EventsError.isInstance(error),
      `${name}() rejects with '${String(error)}', no error of this library`,
    );
    check(!engine.isRefusal(error), `isRefusal() takes '${String(error)}' for the fault of a delivery`);
  }
}

async function within<T>(bench: Bench, what: string, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  work.then(over, over);
  await bench.until(`${what} settled`, () => isOver);
  return work;
}
