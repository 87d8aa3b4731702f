import { Injectable, Logger, type Provider } from '@nestjs/common';
import {
  BaseEvent,
  EventConfig,
  EventQueues,
  EventService,
  type EventsModuleOptions,
  OnEvent,
  QueueDriver,
  type QueueDriverOptions,
  RetryDriver,
} from 'nestjs-event-drivers';
import { InMemoryStore, InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { closeApps, startApp, syncConfig } from '../support/app.js';

afterEach(closeApps);

class Sent extends BaseEvent<{ to: string }> {}
class Logged extends BaseEvent<{ to: string }> {}

@Injectable()
class Mailer {
  readonly heard: string[] = [];
  isBroken = false;
  readonly failsOnce = new Set<string>();

  @OnEvent(Sent, { orderingKey: (event) => (event.getPayload().to.startsWith('k') ? 'k' : undefined) })
  send(event: Sent): void {
    const { to } = event.getPayload();
    this.heard.push(to);
    if (this.isBroken || this.failsOnce.delete(to)) throw new Error('no connection');
  }
}

async function start(
  engine: InMemoryWorkerCreator,
  options: Partial<QueueDriverOptions> = {},
  providers: Provider[] = [Mailer],
  config: Partial<EventsModuleOptions> = {},
) {
  const queue = EventConfig.createConfigDriver(QueueDriver, {
    workerCreator: engine,
    retries: 2,
    delayMs: 10,
    ...options,
  });
  const app = await startApp(
    syncConfig({ defaultDriver: 'queue', ...config, drivers: { queue, ...config.drivers } }),
    providers,
  );
  Logger.overrideLogger(false);
  return { app, events: app.get(EventService), queues: app.get(EventQueues) };
}

describe('An application on InMemoryWorkerCreator', () => {
  it('tries again, and keeps what was given up among the dead letters until it is redriven', async () => {
    const engine = new InMemoryWorkerCreator({ isInstant: true });
    const { app, events, queues } = await start(engine, { delayMs: 3_600_000 });
    const mailer = app.get(Mailer);
    mailer.isBroken = true;
    await events.dispatch(new Sent({ to: 'a' }));
    await engine.untilIdle();
    expect(mailer.heard).toEqual(['a', 'a', 'a']);
    expect(await queues.listFailed()).toMatchObject([{ attempts: 3 }]);
    mailer.isBroken = false;
    expect(await queues.redrive()).toBe(1);
    await engine.untilIdle();
    expect(mailer.heard).toHaveLength(4);
    expect(await queues.listFailed()).toEqual([]);
  });

  it('keeps the order of ordering keys, also while one is tried again', async () => {
    const engine = new InMemoryWorkerCreator({ isInstant: true });
    const { app, events } = await start(engine);
    const mailer = app.get(Mailer);
    mailer.failsOnce.add('k1');
    await Promise.all(['k1', 'k2', 'a', 'k3'].map((to) => events.dispatch(new Sent({ to }))));
    await engine.untilIdle();
    expect(mailer.heard.filter((to) => to.startsWith('k'))).toEqual(['k1', 'k1', 'k2', 'k3']);
    expect(mailer.heard.indexOf('a')).toBe(1);
  });

  it('runs nothing of a queue that is paused', async () => {
    const engine = new InMemoryWorkerCreator();
    const { app, events, queues } = await start(engine);
    await queues.pause('queue');
    await events.dispatch(new Sent({ to: 'a' }));
    await engine.untilIdle();
    expect(app.get(Mailer).heard).toEqual([]);
    expect(engine.getPending()).toMatchObject([{ event: 'Sent', listener: 'Mailer.send', state: 'ready' }]);
    await queues.resume('queue');
    await engine.untilIdle();
    expect(app.get(Mailer).heard).toEqual(['a']);
  });

  it('takes the engine as a class as well', async () => {
    const { app, events } = await start(new InMemoryWorkerCreator(), {
      workerCreator: InMemoryWorkerCreator,
    });
    await events.dispatch(new Sent({ to: 'a' }));
    await (events.getDriver<QueueDriver>('queue').getEngine() as InMemoryWorkerCreator).untilIdle();
    expect(app.get(Mailer).heard).toEqual(['a']);
  });

  it('shares its store with another that does the work', async () => {
    const store = new InMemoryStore();
    const engine = new InMemoryWorkerCreator({ store });
    const api = await start(engine, {}, [Mailer], { workers: false });
    const worker = await start(new InMemoryWorkerCreator({ store }));
    await api.events.dispatch(new Sent({ to: 'a' }));
    await engine.untilIdle();
    expect(api.app.get(Mailer).heard).toEqual([]);
    expect(worker.app.get(Mailer).heard).toEqual(['a']);
  });

  it('refuses what the engine that it stands in for could not do', async () => {
    const engine = new InMemoryWorkerCreator({ capabilities: { delay: false } });
    const { events } = await start(engine);
    await expect(events.dispatch(new Sent({ to: 'a' }), { delay: '5m' })).rejects.toThrow(/delay/);
  });

  it('gives what runs at the end back to the next one', async () => {
    const store = new InMemoryStore();
    const { app, events } = await start(new InMemoryWorkerCreator({ store }), {}, [Slow], {
      shutdownTimeoutMs: 50,
    });
    await events.dispatch(new Sent({ to: 'a' }));
    await app.get(Slow).begun.promise;
    await app.close();
    const engine = new InMemoryWorkerCreator({ store });
    expect(engine.getPending()).toMatchObject([{ event: 'Sent', state: 'ready' }]);
  });

  it('stores with its completion what a transactional listener dispatches, also where a driver runs it again', async () => {
    const engine = new InMemoryWorkerCreator({ isInstant: true });
    const retry = EventConfig.createConfigDriver(RetryDriver, { maxRetries: 2, delayMs: 1, driver: 'sync' });
    const { app, events } = await start(engine, { driver: 'retry' }, [Transactional], { drivers: { retry } });
    await events.dispatch(new Sent({ to: 'a' }));
    await engine.untilIdle();
    const { heard } = app.get(Transactional);
    expect(heard).toEqual(['sent a', 'sent a', 'logged a 2']);
  });
});

@Injectable()
class Slow {
  readonly begun = Promise.withResolvers<void>();

  @OnEvent(Sent)
  async send(): Promise<void> {
    this.begun.resolve();
    await new Promise(() => undefined);
  }
}

@Injectable()
class Transactional {
  readonly heard: string[] = [];

  constructor(private readonly events: EventService) {}

  @OnEvent(Sent, { transactional: true })
  async send(event: Sent): Promise<void> {
    const { to } = event.getPayload();
    this.heard.push(`sent ${to}`);
    await this.events.dispatch(new Logged({ to: `${to} ${this.heard.length}` }));
    if (this.heard.length === 1) throw new Error('no connection');
  }

  @OnEvent(Logged)
  log(event: Logged): void {
    this.heard.push(`logged ${event.getPayload().to}`);
  }
}
