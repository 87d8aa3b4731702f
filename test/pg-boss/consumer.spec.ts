import { jest } from '@jest/globals';
import type {
  Claim,
  Outcome,
  QueueDefinition,
  QueueWorker,
  StoredDelivery,
  WorkerCreator,
  WorkOptions,
} from 'nestjs-event-drivers';
import { uuidv7 } from '../../lib/event/uuidv7.js';
import { onEachStore, type TestStore } from '../support/queue.js';
import { until } from '../support/until.js';

/** An engine with one queue that it works. */
async function start(
  store: TestStore,
  run: (claim: Claim) => unknown,
  options: Partial<WorkOptions> = {},
  changes: Partial<QueueDefinition> = {},
) {
  const engine = new store.creator();
  const queue = store.uniqueName();
  const errors: unknown[] = [];
  const definition = {
    name: queue,
    deadLetterQueue: `${queue}/dead`,
    retries: 1,
    timeoutMs: 60_000,
    heartbeatMs: 10_000,
    keepCompletedSeconds: 3600,
    ...changes,
  };
  await engine.open({
    queues: [definition],
    isWorker: true,
    strict: false,
    onError: (error) => errors.push(error),
    onWarning: () => {},
  });
  const worker = await engine.work(
    queue,
    {
      concurrency: 1,
      groupConcurrency: undefined,
      rateLimit: undefined,
      pollIntervalMs: 50,
      runOnce: false,
      ...options,
    },
    async (claim) => run(claim) as Promise<Outcome>,
  );
  opened.push({ worker, engine });
  return {
    engine,
    queue,
    errors,
    store: (...deliveries: StoredDelivery[]) => engine.store(queue, deliveries),
    count: async () => {
      const total = { ready: 0, active: 0, completed: 0, failed: 0 };
      for (const count of await engine.count([queue])) {
        for (const state of ['ready', 'active', 'completed', 'failed'] as const) total[state] += count[state];
      }
      return total;
    },
    deadLetters: () => engine.listDeadLetters(`${queue}/dead`, {}, { limit: 100 }),
  };
}

const opened: { worker: QueueWorker; engine: WorkerCreator }[] = [];

afterEach(async () => {
  for (const { worker, engine } of opened.splice(0)) {
    await worker.release();
    await engine.close();
  }
});

function delivery(label: string, options: StoredDelivery['options'] = {}): StoredDelivery {
  const id = uuidv7();
  return { id, data: { event: 'job', version: 1, eventId: id, payload: { label } }, options };
}

function labelOf({ data }: Claim): string {
  return (data.payload as { label: string }).label;
}

onEachStore('A consumer', (store) => {
  test('takes it for a failed attempt if whoever runs a delivery rejects, or does not say what became of it', async () => {
    const runs: string[] = [];
    const {
      store: add,
      errors,
      ...queue
    } = await start(store, (claim) => {
      runs.push(`${labelOf(claim)} ${claim.attempt}`);
      if (labelOf(claim) === 'good') return { status: 'completed' };
      if (claim.attempt === 1) throw new Error('as it never should');
      return undefined;
    });
    await add(delivery('bad'));
    await until('it is given up', async () => (await queue.count()).failed === 1);
    expect(await queue.deadLetters()).toEqual([
      expect.objectContaining({
        attempts: 2,
        error: expect.objectContaining({ message: expect.stringContaining('did not say what became of it') }),
      }),
    ]);
    expect(errors).toContainEqual(expect.objectContaining({ message: 'as it never should' }));
    await add(delivery('good'));
    await until('its slot is free', async () => (await queue.count()).completed === 1);
    expect(runs).toEqual(['bad 1', 'bad 2', 'good 1']);
  });

  test('runs what it has taken in advance by priority', async () => {
    const gate = Promise.withResolvers<void>();
    const runs: string[] = [];
    const { store: add, count } = await start(store, async (claim) => {
      runs.push(labelOf(claim));
      if (labelOf(claim) === 'blocker') await gate.promise;
      return { status: 'completed' };
    });
    await add(...Array.from({ length: 20 }, () => delivery('quick')));
    await until('it knows that they are quick', async () => (await count()).completed === 20);
    await add(delivery('blocker'));
    await until('it is busy', () => runs.at(-1) === 'blocker');
    for (const [label, priority] of [
      ['low', 1],
      ['also low', 1],
      ['lowest', 0],
      ['high', 100],
    ] as const) {
      await add(delivery(label, { priority }));
      await until('it is taken', async () => (await count()).ready === 0);
    }
    gate.resolve();
    await until('all are done', async () => (await count()).completed === 25);
    expect(runs.slice(21)).toEqual(['high', 'low', 'also low', 'lowest']);
  });

  test('starts nothing more once its queue is paused, and gives back what it had taken in advance', async () => {
    const gate = Promise.withResolvers<void>();
    const runs: string[] = [];
    const {
      engine,
      queue,
      store: add,
      count,
    } = await start(store, async (claim) => {
      runs.push(labelOf(claim));
      if (labelOf(claim) === 'blocker') await gate.promise;
      return { status: 'completed' };
    });
    await add(...Array.from({ length: 20 }, () => delivery('quick')));
    await until('it knows that they are quick', async () => (await count()).completed === 20);
    await add(delivery('blocker'));
    await until('it is busy', () => runs.at(-1) === 'blocker');
    await add(delivery('next'), delivery('next'));
    await until('they are taken', async () => (await count()).active === 3);
    await engine.setPaused(queue, true);
    gate.resolve();
    await until('only what ran is done', async () => {
      const { ready, active, completed } = await count();
      return ready === 2 && active === 0 && completed === 21;
    });
    expect(runs.slice(20)).toEqual(['blocker']);
    await engine.setPaused(queue, false);
    await until('all are done', async () => (await count()).completed === 23);
  });
});

onEachStore('A consumer whose times are out of the range of timers', (store) => {
  afterEach(() => jest.restoreAllMocks());

  test('works all the same', async () => {
    const timers = [jest.spyOn(globalThis, 'setTimeout'), jest.spyOn(globalThis, 'setInterval')];
    const { store: add, count } = await start(
      store,
      () => ({ status: 'completed' }),
      { pollIntervalMs: 3e12 },
      { heartbeatMs: 3e12, keepCompletedSeconds: 3e9 },
    );
    await add(delivery('late', { at: new Date(0) }), delivery('now'));
    await until('both are done', async () => (await count()).completed === 2);
    await add(delivery('soon', { delayMs: 20 }));
    await until('it is done as well', async () => (await count()).completed === 3);
    // Node warns of others, and takes them for 1 ms.
    const delays = timers.flatMap((timer) => timer.mock.calls.map(([, delay = 0]) => delay));
    expect(delays.filter((delay) => delay < 0 || delay >= 2 ** 31)).toEqual([]);
  });
});
