import { setTimeout as delay } from 'node:timers/promises';
import type { QueueDefinition, WorkerCreator } from '../../../queue/worker-creator.js';
import type { Area } from '../area.js';
import { type Bench, dead } from '../bench.js';
import { check, equal } from '../../conformance/check.js';
import type { WorkerLog } from '../worker-log.js';

/** Processes that die with deliveries in hand. Where a store does not outlive its engine, there is nothing to try. */
export const crashes: Area = {
  title: 'crashes',
  declare({ it, itNeeds }) {
    it('leave what was in hand to another, which counts as an attempt', async (bench) => {
      const engine = await start(bench, { retries: 2 });
      if (engine === undefined) return;
      await engine.store(bench.queue, [bench.delivery('a'), bench.delivery('b')]);
      await crash(bench, engine, 2);
      const { log, engine: next } = await restart(bench);
      await bench.untilDone({ completed: 2 }, next);
      const runs = log.runs.map(({ label, claim }) => `${label} ${claim.attempt}/${claim.maxAttempts}`);
      equal(runs.toSorted(), ['a 2/3', 'b 2/3'], 'attempts');
    });

    it('make a dead letter of what never survives', async (bench) => {
      const engine = await start(bench, { retries: 1 });
      if (engine === undefined) return;
      await engine.store(bench.queue, [bench.delivery('poison')]);
      await crash(bench, engine, 1);
      const second = await bench.another();
      await crash(bench, second, 1);
      const { log, engine: third } = await restart(bench);
      await bench.untilDone({ failed: 1 }, third);
      equal(log.labels, [], 'what ran afterwards');
      const [letter] = await bench.deadLetters(third);
      equal(letter!.attempts, 2, 'attempts of the dead letter');
      check(letter!.error.message !== '', 'the dead letter has no reason');
      equal(letter!.error.code, 'EVENTS_WORKER_LOST', 'the code of the dead letter');
    });

    it('lose nothing of what waits, is delayed or was given up', async (bench) => {
      const engine = await start(bench, {});
      if (engine === undefined) return;
      const log = await bench.work(() => dead(), { engine });
      await engine.store(bench.queue, [bench.delivery('dead')]);
      await bench.untilDone({ failed: 1 }, engine);
      await log.stop();
      await engine.store(bench.queue, [bench.delivery('a'), bench.delivery('b')]);
      await bench.testStore.crash(engine);
      const next = await bench.another();
      equal(await bench.count(next), { ready: 2, delayed: 0, active: 0, completed: 0, failed: 1 }, 'counts');
    });

    itNeeds('orderingKeys', 'keep the order of an ordering key', async (bench) => {
      const engine = await start(bench, { retries: 1 });
      if (engine === undefined) return;
      await engine.store(bench.queue, keyed(bench));
      await crash(bench, engine, 1);
      const { log, engine: next } = await restart(bench);
      await bench.untilDone({ completed: 3 }, next);
      equal(log.labels, ['a', 'b', 'c'], 'the order');
    });

    itNeeds('orderingKeys', 'do not keep back the rest of an ordering key for good', async (bench) => {
      const engine = await start(bench, { retries: 0 });
      if (engine === undefined) return;
      await engine.store(bench.queue, keyed(bench));
      await crash(bench, engine, 1);
      const { log, engine: next } = await restart(bench);
      await bench.untilDone({ completed: 2, failed: 1 }, next);
      equal(log.labels, ['b', 'c'], 'what ran');
    });
  },
};

async function start(bench: Bench, changes: Partial<QueueDefinition>): Promise<WorkerCreator | undefined> {
  const engine = await bench.expendable(changes);
  return bench.testStore.store.crash === undefined ? undefined : engine;
}

/** Crashes an engine once so many deliveries are running. */
async function crash(bench: Bench, engine: WorkerCreator, running: number): Promise<void> {
  const log = await bench.work(() => bench.gate().passed, { engine });
  await bench.until(`${running} were running`, () => log.runs.length === running);
  await bench.testStore.crash(engine);
  const { store } = bench.testStore;
  if (store.expireHeartbeats === undefined) await delay(bench.define().heartbeatMs);
  else await store.expireHeartbeats();
}

async function restart(bench: Bench): Promise<{ log: WorkerLog; engine: WorkerCreator }> {
  const engine = await bench.another();
  return { engine, log: await bench.work(() => {}, { engine }) };
}

function keyed(bench: Bench): ReturnType<Bench['delivery']>[] {
  return ['a', 'b', 'c'].map((label) => bench.delivery(label, { orderingKey: 'k' }));
}
