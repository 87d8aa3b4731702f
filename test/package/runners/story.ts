// What is told under each test runner, with none of them: assertions are those of the library, and of Node.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Injectable, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AsyncDriver,
  BaseDriver,
  BaseEvent,
  checkOptions,
  EventConfig,
  EventQueues,
  EventService,
  EventsModule,
  type IBaseEvent,
  OnEvent,
  QueueDriver,
  SyncDriver,
} from 'nestjs-event-drivers';
import {
  fakeEvents,
  type FakeEventsOptions,
  InMemoryWorkerCreator,
  type TestEvents,
} from 'nestjs-event-drivers/testing';

export class UserCreated extends BaseEvent<{ userId: string }> {}
export class UserDeleted extends BaseEvent<{ userId: string }> {}
export class MailDue extends BaseEvent<{ to: string }> {}

@Injectable()
export class Mailer {
  failures = 0;
  readonly sent: string[] = [];

  constructor(private readonly events: EventService) {}

  @OnEvent(UserCreated, { driver: 'background' })
  async welcome(event: UserCreated): Promise<void> {
    await this.events.dispatch(new MailDue({ to: event.getPayload().userId }), 'queue');
  }

  @OnEvent(MailDue)
  send(event: MailDue): void {
    if (this.failures-- > 0) throw new Error('no connection');
    this.sent.push(event.getPayload().to);
  }
}

/** A driver to hold against the suite for drivers. */
export class TinyDriver extends BaseDriver {
  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, {});
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await event.execute();
  }
}

export interface StartedApp extends AsyncDisposable {
  readonly events: TestEvents;
  readonly service: EventService;
  readonly mailer: Mailer;
  readonly queues: EventQueues;
}

export async function start(options: FakeEventsOptions = {}): Promise<StartedApp> {
  const builder = Test.createTestingModule({
    imports: [
      EventsModule.forRoot({
        defaultDriver: 'sync',
        drivers: {
          sync: EventConfig.createConfigDriver(SyncDriver),
          background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
          queue: EventConfig.createConfigDriver(QueueDriver, {
            workerCreator: InMemoryWorkerCreator,
            retries: 1,
            delayMs: 60_000,
            jitter: false,
          }),
        },
      }),
    ],
    providers: [Mailer],
  });
  const events = fakeEvents(builder, options);
  const module = await builder.compile();
  await module.init();
  // The testing module brings a logger of its own, for errors.
  Logger.overrideLogger(false);
  return {
    events,
    service: module.get(EventService),
    mailer: module.get(Mailer),
    queues: module.get(EventQueues),
    [Symbol.asyncDispose]: () => module.close(),
  };
}

export const STORY: Readonly<Record<string, () => Promise<void>>> = {
  async 'a fake keeps events, and an assertion tells what has happened'() {
    await using app = await start();
    await app.service.dispatch(new UserCreated({ userId: 'Ada' }));
    app.events.expectDispatched(UserCreated, { userId: 'Ada' });
    assert.deepEqual(app.mailer.sent, []);
    assert.throws(() => app.events.expectDispatched(UserDeleted), {
      name: 'EventAssertionError',
      message:
        'Expected UserDeleted to be dispatched, but it was not.\n' +
        "Dispatched were:\n  1. UserCreated { userId: 'Ada' } (faked)",
    });
  },

  async 'a queue delivers before the dispatch ends, tries again and gives up'() {
    await using app = await start({ mode: 'inline' });
    app.mailer.failures = 1;
    await app.service.dispatch(new MailDue({ to: 'Ada' }), 'queue');
    assert.equal(app.events.expectDelivered(Mailer, { to: 'Ada' }).runs.length, 2);
    app.mailer.failures = 2;
    await app.service.dispatch(new MailDue({ to: 'Bob' }), 'queue');
    app.events.expectDeadLettered(Mailer, 'no connection', { to: 'Bob' });
    await app.queues.redrive({});
    await app.events.settled();
    assert.deepEqual(app.mailer.sent, ['Ada', 'Bob']);
  },

  async 'time stands still until it is moved'() {
    await using app = await start({ mode: 'spy', clock: true });
    app.mailer.failures = 1;
    await app.service.dispatch(new MailDue({ to: 'Ada' }), { driver: 'queue', delay: '1d' });
    await app.events.advance('1d');
    assert.deepEqual(app.mailer.sent, []);
    await app.events.advance('1m');
    assert.deepEqual(app.mailer.sent, ['Ada']);
  },

  async 'what happens in the background, and what follows from it, is waited for'() {
    await using app = await start({ mode: 'spy' });
    await app.service.dispatch(new UserCreated({ userId: 'Ada' }));
    await app.events.settled();
    assert.deepEqual(app.mailer.sent, ['Ada']);
    app.events.expectDelivered('Mailer.send');
  },
};
