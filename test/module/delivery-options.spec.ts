import { Injectable, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  type DriverCapabilities,
  Event,
  EventConfig,
  EventService,
  EventsModule,
  InvalidEventConfigError,
  OnEvent,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs, rejectionOf, StoringDriver } from '../support/drivers.js';

afterEach(closeApps);

class Queue extends StoringDriver {
  override get capabilities(): DriverCapabilities & { concurrent: boolean } {
    return { durable: true, concurrent: false, options: ['delay', 'orderingKey', 'retries'] };
  }
}

const drivers = { queue: EventConfig.createConfigDriver(Queue) };

async function start(...providers: Provider[]): Promise<EventService> {
  return (await startApp(syncConfig({ drivers }), providers)).get(EventService);
}

async function problemsOf(...providers: Provider[]): Promise<readonly string[]> {
  const error = await rejectionOf(start(...providers));
  expect(error).toBeInstanceOf(InvalidEventConfigError);
  return (error as InvalidEventConfigError).problems;
}

@Event({ name: 'reminder.due', driver: 'queue', delay: '1h', retries: 5 })
class ReminderDue extends BaseEvent<void> {}

function refused(method: string, option: string): RegExp {
  return new RegExp(
    `event ReminderDue asks for '${option}', which driver 'sync' of its listener AtOnce\\.${method} .* cannot ` +
      `honour; name a driver there that can, or move the option`,
  );
}

describe('The options of an event', () => {
  @Injectable()
  class AtOnce {
    @OnEvent(ReminderDue, { driver: 'sync', id: 'class' })
    byClass(): void {}

    @OnEvent('reminder.due', { driver: 'sync', id: 'name' })
    byName(): void {}

    @OnEvent(ReminderDue)
    queued(): void {}
  }

  test('are an error where a listener of it names a driver that cannot honour its delay', async () => {
    expect(await problemsOf(AtOnce)).toEqual(
      ['byClass', 'byName'].map((method) => expect.stringMatching(refused(method, 'delay'))),
    );
  });

  test('are a warning where such a driver cannot honour others, and an error if that is asked for', async () => {
    @Event({ name: 'reminder.sent', driver: 'queue', retries: 5 })
    class ReminderSent extends BaseEvent<void> {}
    @Injectable()
    class Log {
      @OnEvent(ReminderSent, { driver: 'sync' })
      log(): void {}
    }
    const app = await Test.createTestingModule({
      imports: [EventsModule.forRoot(syncConfig({ drivers }))],
      providers: [Log],
    }).compile();
    const logs = captureLogs();
    await app.init();
    await app.close();
    const says = /event ReminderSent asks for 'retries', which driver 'sync' of its listener Log\.log/;
    expect(logs).toContainEqual({ level: 'warn', message: expect.stringMatching(says) });
    const strict = startApp(syncConfig({ drivers, strict: true }), [Log]);
    await expect(strict).rejects.toThrow(says);
  });

  test('do not concern who hears all kinds of events, nor who asks for a driver in one dispatch', async () => {
    const heard: string[] = [];
    @Injectable()
    class Log {
      @OnEvent(ReminderDue)
      queued(): void {
        heard.push('queued');
      }

      @OnEvent('reminder.*', { driver: 'sync' })
      byPattern(): void {
        heard.push('pattern');
      }

      @OnEvent(BaseEvent, { driver: 'sync' })
      byBase(): void {
        heard.push('base');
      }
    }
    const events = await start(Log);
    await events.dispatch(new ReminderDue());
    expect(heard).toEqual(['pattern', 'base']);
    await events.dispatch(new ReminderDue(), 'sync');
    expect(heard).toEqual(['pattern', 'base', 'queued', 'pattern', 'base']);
    const asked = events.dispatch(new ReminderDue(), { driver: 'sync', delay: '1h' });
    await expect(asked).rejects.toThrow(UnsupportedOptionError);
  });

  test('cannot both delay it and keep it in order', async () => {
    @Event({ driver: 'queue', orderingKey: 'k', delay: '1m' })
    class Delayed extends BaseEvent<void> {}
    @Event({ driver: 'queue', orderingKey: () => 'k' })
    class Ordered extends BaseEvent<void> {}
    @Injectable()
    class Listener {
      @OnEvent(Ordered, { delay: '1m', id: 'late' })
      late(): void {}

      @OnEvent(Ordered, { delay: 0, id: 'ok' })
      inOrder(): void {}

      @OnEvent(Delayed)
      delayed(): void {}
    }
    expect(await problemsOf(Listener)).toEqual([
      expect.stringMatching(
        /^event Delayed asks for delay and orderingKey.*would be overtaken.*runAfterSeconds/,
      ),
      expect.stringMatching(/^listener Listener\.late .*asks for delay and orderingKey/),
      expect.stringMatching(/^listener Listener\.delayed .*asks for delay and orderingKey/),
    ]);
  });

  test('are refused at the dispatch where only that shows which driver it is', async () => {
    @Event({ delay: '1h' })
    class Unheard extends BaseEvent<void> {}
    @Event({ driver: 'queue', delay: '1h' })
    class Choosing extends BaseEvent<string> {
      override getDriverName(): string {
        return this.getPayload();
      }
    }
    const events = await start();
    const message = /Driver 'sync' cannot honour 'delay'/;
    await expect(events.dispatch(new Unheard())).rejects.toThrow(message);
    await expect(events.dispatch(new Choosing('sync'))).rejects.toThrow(message);
    await events.dispatch(new Unheard(), 'queue');
    await events.dispatch(new Choosing('queue'));
    expect(events.getDriver<Queue>('queue').stored).toHaveLength(2);
  });
});
