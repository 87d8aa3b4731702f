import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventsModule,
  InvalidEventConfigError,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { overrideDriver } from 'nestjs-event-drivers/testing';
import { closeApps, startApp, syncConfig } from '../support/app.js';

afterEach(closeApps);

@Event({ queue: 'reports' })
class Report extends BaseEvent {}

@Injectable()
class Listener {
  @OnEvent(Report)
  hear(): void {}
}

describe('The queues that a process works', () => {
  const memory = PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } });
  const queue = (queues: string[] = []) =>
    EventConfig.createConfigDriver(QueueDriver, { workerCreator: memory, queues });
  const config = (workers: readonly string[]) =>
    syncConfig({
      workers,
      drivers: { queue: queue(['mails']), later: queue() },
    });

  test.each(['mails', 'reports', 'default', 'later', 'queue.mails', 'later.reports', 'queue.default'])(
    "are named by '%s'",
    async (name) => {
      await startApp(config([name]), [Listener]);
    },
  );

  test('that are misspelt keep the application from starting, together with what else is wrong', async () => {
    @Injectable()
    class Lost {
      @OnEvent(Report, { driver: 'nowhere' })
      hear(): void {}
    }
    const failure = await startApp(config(['mails', 'queue.mials', 'sync', 'later.mails']), [
      Listener,
      Lost,
    ]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidEventConfigError);
    expect((failure as InvalidEventConfigError).problems).toEqual([
      expect.stringContaining("names a driver that cannot be found. There is no driver 'nowhere'"),
      "workers names 'queue.mials', 'sync', 'later.mails', which fits no queue; there are 'default', 'reports', " +
        "'mails' of driver 'queue'; 'default', 'reports' of driver 'later'. Name a queue, a driver, or both as " +
        "'<driver>.<queue>'",
    ]);
  });

  test('that are misspelt in the environment are an error that names the variable', async () => {
    process.env['EVENT_DRIVERS_WORKERS'] = 'mials';
    try {
      await expect(startApp(config(['mails']), [Listener])).rejects.toThrow(
        /the environment variable EVENT_DRIVERS_WORKERS names 'mials', which fits no queue; there are 'default'/,
      );
    } finally {
      delete process.env['EVENT_DRIVERS_WORKERS'];
    }
    await expect(startApp(syncConfig({ workers: ['mails'] }))).rejects.toThrow(/no driver has queues/);
  });

  test('are those of the configuration where a test puts another driver in the place of a queue', async () => {
    const module = await overrideDriver(
      Test.createTestingModule({ imports: [EventsModule.forRoot(config(['mails']))], providers: [Listener] }),
      'queue',
      { dispatch: () => Promise.resolve(), getName: () => 'queue' },
    ).compile();
    await module.init();
    await module.close();
  });
});
