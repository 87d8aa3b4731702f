import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  type EngineCapabilities,
  EventConfig,
  type EventsModuleOptions,
  EventService,
  InvalidEventConfigError,
  OnEvent,
  type OpenOptions,
  QueueDriver,
  type QueueDriverOptions,
  type QueueWorker,
  UnsupportedOptionError,
  type WorkerCreatorSource,
  type WorkOptions,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { HandClock } from '../support/hand-clock.js';

afterEach(closeApps);

class Sent extends BaseEvent<number> {}

const clock = new HandClock();

@Injectable()
class Mailer {
  readonly heard: string[] = [];
  private readonly start = clock.now();

  @OnEvent(Sent)
  send(event: Sent): void {
    this.heard.push(`${event.getPayload()} at ${clock.now() - this.start}`);
  }
}

/** Its time is moved by hand. */
class Engine extends InMemoryWorkerCreator {
  readonly worked: WorkOptions[] = [];

  override open(options: OpenOptions): Promise<void> {
    return super.open({ ...options, clock });
  }

  override work(...args: Parameters<InMemoryWorkerCreator['work']>): Promise<QueueWorker> {
    this.worked.push(args[1]);
    return super.work(...args);
  }
}

function start(
  workerCreator: WorkerCreatorSource,
  options: Partial<QueueDriverOptions>,
  config: Partial<EventsModuleOptions> = {},
) {
  const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator, ...options });
  return startApp(syncConfig({ defaultDriver: 'queue', ...config, drivers: { queue } }), [Mailer]);
}

/** An engine that takes whatever it is asked for, and does as much of it as it can. */
function heedless(lacking: keyof EngineCapabilities): InMemoryWorkerCreator {
  const engine = class extends InMemoryWorkerCreator {
    protected override isAble(): boolean {
      return true;
    }
  };
  return new engine({ capabilities: { [lacking]: false } });
}

test('A queue begins as many deliveries in a time as its rate limit lets it', async () => {
  const engine = new Engine();
  const app = await start(engine, { rateLimit: { max: 2, per: '1m' } });
  for (let id = 1; id <= 5; id++) await app.get(EventService).dispatch(new Sent(id));
  await clock.advance(150_000, () => engine.untilIdle());
  expect(app.get(Mailer).heard).toEqual(['1 at 0', '2 at 0', '3 at 60000', '4 at 60000', '5 at 120000']);
});

test('A part of a millisecond is a whole one to an engine', async () => {
  const engine = new Engine();
  await start(engine, { rateLimit: { max: 2, per: '1.5ms' } });
  expect(engine.worked).toMatchObject([{ rateLimit: { max: 2, durationMs: 2 } }]);
});

describe('An application whose queue asks its engine for what that cannot do', () => {
  const memory = PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } });

  test.each<
    [option: string, engine: WorkerCreatorSource, options: Partial<QueueDriverOptions>, remedy: string]
  >([
    [
      'rateLimit',
      memory,
      { rateLimit: { max: 2, per: '1m' } },
      'leave it out (concurrency bounds how many run at a time), or queue on Redis with BullMqWorkerCreator',
    ],
    [
      'rateLimit',
      heedless('rateLimits'),
      { rateLimit: { max: 2, per: '1m' } },
      'leave it out (concurrency bounds how many run at a time)',
    ],
    [
      'groupConcurrency',
      heedless('groups'),
      { groupConcurrency: 2 },
      'leave it out, or name an engine that has groups, such as PgBossWorkerCreator',
    ],
  ])('does not start with %s', async (option, engine, options, remedy) => {
    const failure: unknown = await start(engine, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidEventConfigError);
    expect((failure as InvalidEventConfigError).problems).toEqual([
      expect.stringContaining(`driver 'queue' has the option ${option}, which its engine cannot honour (`),
    ]);
    expect(String(failure)).toContain(remedy);
  });

  test('names all that it cannot do', async () => {
    const engine = new InMemoryWorkerCreator({ capabilities: { groups: false, rateLimits: false } });
    const starting = start(engine, { groupConcurrency: 2, rateLimit: { max: 2, per: '1m' } });
    await expect(starting).rejects.toMatchObject({
      problems: [expect.stringContaining('groupConcurrency'), expect.stringContaining('rateLimit')],
    });
  });

  test.each<[option: string, engine: WorkerCreatorSource, options: Partial<QueueDriverOptions>]>([
    ['rateLimit', memory, { rateLimit: { max: 2, per: '1m' } }],
    [
      'groupConcurrency',
      new InMemoryWorkerCreator({ capabilities: { groups: false } }),
      { groupConcurrency: 2 },
    ],
  ])(
    'starts all the same with %s where it works no queue, which the engine refuses',
    async (option, engine, options) => {
      const app = await start(engine, options, { workers: false });
      const events = app.get(EventService);
      await events.dispatch(new Sent(1));
      const working = events
        .getDriver<QueueDriver>('queue')
        .getEngine()
        .work(
          'queue',
          {
            concurrency: 1,
            groupConcurrency: options.groupConcurrency,
            rateLimit: options.rateLimit && { max: 2, durationMs: 60_000 },
            pollIntervalMs: 1000,
            runOnce: false,
          },
          async () => ({ status: 'completed' }),
        );
      await expect(working).rejects.toBeInstanceOf(UnsupportedOptionError);
      await expect(working).rejects.toMatchObject({ option });
    },
  );
});
