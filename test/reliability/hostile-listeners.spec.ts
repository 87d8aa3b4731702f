import {
  EventConfig,
  EventQueues,
  EventService,
  QueueDriver,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs } from '../support/drivers.js';
import { describeServers } from '../support/stores.js';
import { until } from '../support/until.js';
import { Odd, OddListener } from './bad-inputs/listeners.js';

// What else they may do, on every engine, is in bad-inputs.spec.ts.

async function start(workerCreator: WorkerCreatorSource, options: object = {}) {
  const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator, retries: 0, ...options });
  const app = await startApp(syncConfig({ defaultDriver: 'queue', drivers: { queue } }), [OddListener]);
  captureLogs();
  return {
    listener: app.get(OddListener),
    events: app.get(EventService),
    queues: app.get(EventQueues),
    close: () => app.close(),
  };
}

type App = Awaited<ReturnType<typeof start>>;

async function countOf({ queues }: App): Promise<{ open: number; completed: number; failed: number }> {
  const sum = { open: 0, completed: 0, failed: 0 };
  for (const { ready, delayed, active, completed, failed } of await queues.count()) {
    sum.open += ready + delayed + active;
    sum.completed += completed;
    sum.failed += failed;
  }
  return sum;
}

afterEach(closeApps);

describeServers('Listeners that misbehave', ({ creator }) => {
  it('and never end have their slots taken from them, and what they do later is of no account', async () => {
    const app = await start(creator, { timeout: 200, concurrency: 2 });
    for (const kind of ['resolves', 'rejects', 'resolves', 'rejects']) {
      await app.events.dispatch(new Odd({ kind, how: 'hang' }));
    }
    await app.events.dispatch(new Odd({ kind: 'a bigint', how: 'return' }));
    await until('all have ended', async () => (await countOf(app)).open === 0);
    expect(app.listener.signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
    const before = await countOf(app);
    for (const settle of app.listener.settle) settle();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await countOf(app)).toEqual(before);
    expect(before).toEqual({ open: 0, completed: 1, failed: 4 });
    for (const { reason } of await app.queues.listFailed()) expect(reason).toMatch(/^EVENTS_TIMEOUT/);
  });

  it('are not called while their queue is paused, nor after a start', async () => {
    const first = await start(creator);
    await first.queues.pause('queue');
    await first.close();
    const app = await start(creator);
    await app.events.dispatch(new Odd({ kind: 'resolves', how: 'hang' }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(app.listener.signals).toEqual([]);
    await app.queues.resume('queue');
    await until('it is called', () => app.listener.signals.length === 1);
    app.listener.settle[0]!();
  });
});
