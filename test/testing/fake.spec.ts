import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  Event,
  EventService,
  EventsModule,
  type IBaseEvent,
  OnEvent,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { EventsTestingModule, fakeEvents, NotWatchedError, TestEvents } from 'nestjs-event-drivers/testing';
import { syncConfig } from '../support/app.js';
import { StoringDriver } from '../support/drivers.js';
import { closeWatchedApps, queueConfig, watch, type WatchedApp } from './support/watched-app.js';

afterEach(closeWatchedApps);

class UserCreated extends BaseEvent<{ userId: string }> {}
class AdminCreated extends UserCreated {}
class UserDeleted extends BaseEvent<{ userId: string }> {}
@Event({ name: 'order.placed', driver: 'queue' })
class OrderPlaced extends BaseEvent<{ id: number }> {}

class Imported extends BaseEvent<{ id: number }> {
  runs = 0;

  override async execute(): Promise<void> {
    this.runs++;
  }
}

@Injectable()
class Listener {
  readonly heard: IBaseEvent[] = [];

  @OnEvent([UserCreated, UserDeleted])
  on(event: IBaseEvent): void {
    this.heard.push(event);
  }
}

@Injectable()
class OrderListener {
  readonly heard: IBaseEvent[] = [];

  @OnEvent(OrderPlaced)
  on(event: IBaseEvent): void {
    this.heard.push(event);
  }
}

describe('fakeEvents()', () => {
  it('keeps what is dispatched, and runs nothing', async () => {
    const { events, service, module } = await watch({}, [Listener]);
    const [created, imported] = [new UserCreated({ userId: '42' }), new Imported({ id: 1 })];
    await service.dispatch(created);
    await service.dispatch(imported);
    expect(events.dispatched()).toEqual([created, imported]);
    expect(events.dispatched(UserCreated)[0]).toBe(created);
    expect(module.get(Listener).heard).toEqual([]);
    expect(imported.runs).toBe(0);
    expect(events.getDispatches()).toMatchObject([{ isFaked: true, status: 'resolved' }, {}]);
  });

  it('opens no driver, and so needs no server', async () => {
    const { events, service } = await watch({}, [OrderListener], queueConfig());
    await service.dispatch(new OrderPlaced({ id: 1 }));
    await service.dispatch(new OrderPlaced({ id: 2 }), { delay: '5m', priority: 1 });
    await service.dispatchMany([new OrderPlaced({ id: 3 }), new OrderPlaced({ id: 4 })]);
    expect(events.dispatched(OrderPlaced).map((event) => event.getPayload().id)).toEqual([1, 2, 3, 4]);
    expect(events.getDispatches()[1]!.options).toEqual({ delay: '5m', priority: 1 });
  });

  it('keeps the events of dispatchMany() in their order, and tells which were refused', async () => {
    const { events, service } = await watch({ only: [UserCreated] }, [Listener]);
    const many = [new UserCreated({ userId: '1' }), 'no event' as never, new UserDeleted({ userId: '2' })];
    await expect(service.dispatchMany(many)).rejects.toThrow('takes an event');
    expect(events.dispatched()).toEqual([many[0], many[2]]);
  });

  it.each([
    ['what is no event', {}, undefined, 'takes an event'],
    ['an unknown driver', new UserCreated({ userId: '1' }), 'none', "There is no driver 'none'"],
    ['an option that the driver does not honour', new UserCreated({ userId: '1' }), { delay: 1000 }, 'delay'],
    ['an option that makes no sense', new UserCreated({ userId: '1' }), { delay: -1 }, 'delay'],
  ])('refuses %s, as it would be refused, and does not count it', async (_what, event, target, message) => {
    const { events, service } = await watch({});
    await expect(service.dispatch(event as IBaseEvent, target)).rejects.toThrow(message);
    events.expectNothingDispatched();
  });

  it('keeps what is dispatched while the application starts, once', async () => {
    @Injectable()
    class Early implements OnModuleInit {
      constructor(@Inject(EventService) private readonly service: EventService) {
        void service.dispatch(new UserCreated({ userId: 'constructor' }));
      }

      async onModuleInit(): Promise<void> {
        await this.service.dispatch(new UserCreated({ userId: 'init' }));
      }
    }
    const { events } = await watch({}, [Early, Listener]);
    expect(events.dispatched(UserCreated).map((event) => event.getPayload().userId)).toEqual([
      'constructor',
      'init',
    ]);
  });

  it.each([
    ['forRoot()', () => EventsModule.forRoot(syncConfig())],
    ['forRootAsync()', () => EventsModule.forRootAsync({ useFactory: async () => syncConfig() })],
  ])('works with %s, and before init() as well', async (_name, createModule) => {
    const builder = Test.createTestingModule({ imports: [createModule()], providers: [Listener] });
    const events = fakeEvents(builder);
    const module = await builder.compile();
    await module.get(EventService).dispatch(new UserCreated({ userId: '1' }));
    events.expectDispatched(UserCreated);
    await module.close();
  });

  it('keeps two applications apart', async () => {
    const [one, other] = [await watch({}), await watch({})];
    await one.service.dispatch(new UserCreated({ userId: '1' }));
    one.events.expectDispatched(UserCreated);
    other.events.expectNothingDispatched();
  });

  it('forgets what has happened, if told to', async () => {
    const { events, service } = await watch({ mode: 'spy' }, [Listener]);
    await service.dispatch(new UserCreated({ userId: '1' }));
    events.clear();
    events.expectNothingDispatched();
    expect(events.getDeliveries()).toEqual([]);
  });
});

function heardBy(app: WatchedApp): string[] {
  return app.module.get(Listener).heard.map((event) => event.getName());
}

async function dispatchAll(app: WatchedApp): Promise<void> {
  await app.service.dispatch(new UserCreated({ userId: '1' }));
  await app.service.dispatch(new AdminCreated({ userId: '2' }));
  await app.service.dispatch(new UserDeleted({ userId: '3' }));
}

describe('only, except and others', () => {
  it.each([
    ['only a class, and those that extend it', { only: [UserCreated] }, ['UserDeleted']],
    ['only a name', { only: ['UserDeleted'] }, ['UserCreated', 'AdminCreated']],
    ['only what fits a pattern', { only: ['*'] }, []],
    ['all except a class', { except: [AdminCreated] }, ['AdminCreated']],
  ])('fakes %s; the others are delivered', async (_what, options, heard) => {
    const app = await watch(options, [Listener]);
    await dispatchAll(app);
    expect(heardBy(app)).toEqual(heard);
    app.events.expectDispatchedTimes('**', 3);
  });

  it('opens a driver when an event is left to it, and no other', async () => {
    const drivers = queueConfig().drivers!;
    const opened: string[] = [];
    class OpeningDriver extends StoringDriver {
      async open(): Promise<void> {
        opened.push('open');
      }

      async work(): Promise<void> {
        opened.push('work');
      }

      async close(): Promise<void> {
        opened.push('close');
      }
    }
    const app = await watch({ only: [OrderPlaced] }, [], {
      drivers: { ...drivers, file: { driver: OpeningDriver } },
    });
    await app.service.dispatch(new OrderPlaced({ id: 1 }));
    expect(opened).toEqual([]);
    await Promise.all([
      app.service.dispatch(new UserCreated({ userId: '1' }), 'file'),
      app.service.dispatch(new UserCreated({ userId: '2' }), 'file'),
    ]);
    expect(opened).toEqual(['open', 'work']);
    await closeWatchedApps();
    expect(opened).toEqual(['open', 'work', 'close']);
  });

  it('delivers the others without a server, if they are to be inline', async () => {
    const app = await watch(
      { only: [UserCreated], others: 'inline' },
      [Listener, OrderListener],
      queueConfig(),
    );
    await app.service.dispatch(new UserCreated({ userId: '1' }));
    await app.service.dispatch(new OrderPlaced({ id: 1 }));
    expect(heardBy(app)).toEqual([]);
    expect(app.module.get(OrderListener).heard).toEqual([new OrderPlaced({ id: 1 })]);
  });
});

it.each([
  [{ mode: 'none' }, 'mode'],
  [{ only: [] }, 'only'],
  [{ only: [undefined] }, 'only'],
  [{ except: UserCreated }, 'except'],
  [{ only: [UserCreated], except: [UserDeleted] }, 'only and except exclude one another'],
  [{ others: 'fake' }, 'others'],
  [{ clock: 'now' }, 'clock'],
  [{ onyl: [UserCreated] }, 'onyl'],
])('options that make no sense are refused: %p', (options, named) => {
  const builder = Test.createTestingModule({});
  expect(() => fakeEvents(builder, options as never)).toThrow(/Options of fakeEvents\(\)/);
  expect(() => fakeEvents(builder, options as never)).toThrow(named);
});

describe('EventsTestingModule', () => {
  it('stands in for EventsModule where a part of an application is tested', async () => {
    @Injectable()
    class UserService {
      constructor(@Inject(EventService) private readonly events: EventService) {}

      async register(userId: string): Promise<void> {
        await this.events.dispatch(new UserCreated({ userId }), 'some-driver');
        await this.events.dispatch(new OrderPlaced({ id: 1 }), { delay: '5m' });
      }
    }
    const module = await Test.createTestingModule({
      imports: [EventsTestingModule.forRoot()],
      providers: [UserService, Listener, OrderListener],
    }).compile();
    await module.init();
    await module.get(UserService).register('42');
    const events = module.get(TestEvents);
    events.expectDispatched(UserCreated, { userId: '42' });
    events.expectDispatched(OrderPlaced);
    expect(module.get(Listener).heard).toEqual([]);
    await module.close();
  });

  it('delivers by the default driver what names a driver that is not configured', async () => {
    const module = await Test.createTestingModule({
      imports: [EventsTestingModule.forRoot(undefined, { mode: 'spy' })],
      providers: [OrderListener],
    }).compile();
    await module.get(EventService).dispatch(new OrderPlaced({ id: 1 }));
    module.get(TestEvents).expectDelivered(OrderListener, { id: 1 });
  });

  it('takes a configuration, and then holds it to be complete', async () => {
    const module = await Test.createTestingModule({
      imports: [EventsTestingModule.forRoot(syncConfig(), { mode: 'fake' })],
    }).compile();
    await expect(module.get(EventService).dispatch(new OrderPlaced({ id: 1 }))).rejects.toThrow(
      "driver 'queue'",
    );
  });

  it('has a builder that drivers are overridden with, and events watched', async () => {
    const module = await EventsTestingModule.createTestingModule({
      imports: [EventsModule.forRoot(syncConfig(queueConfig()))],
      providers: [OrderListener],
    })
      .overrideDriver('queue', StoringDriver)
      .fakeEvents({ mode: 'spy' })
      .compile();
    await module.init();
    await module.get(EventService).dispatch(new OrderPlaced({ id: 1 }));
    expect(module.get(EventService).getDriver<StoringDriver>('queue').stored).toHaveLength(1);
    module.get(TestEvents).expectDispatched(OrderPlaced);
    module.get(TestEvents).expectNotDelivered(OrderListener);
    await module.close();
  });

  it('is what a builder of its own watches as well', async () => {
    const module = await EventsTestingModule.createTestingModule({
      imports: [EventsTestingModule.forRoot()],
    }).compile();
    await module.get(EventService).dispatch(new UserCreated({ userId: '1' }));
    module.get(TestEvents).expectDispatched(UserCreated);
  });

  it('begins anew with each application that a module is made into', async () => {
    @Module({ imports: [EventsTestingModule.forRoot()] })
    class AppModule {}
    for (const userId of ['1', '2']) {
      const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
      module.get(TestEvents).expectNothingDispatched();
      await module.get(EventService).dispatch(new UserCreated({ userId }));
      module.get(TestEvents).expectDispatchedTimes(UserCreated, 1, { userId });
      await module.close();
    }
  });

  it.each([undefined, { mode: 'spy' as const }])(
    'takes options of a dispatch where nothing is configured that might not, and refuses what is none: %p',
    async (options) => {
      const module = await Test.createTestingModule({
        imports: [EventsTestingModule.forRoot(undefined, options)],
      }).compile();
      const service = module.get(EventService);
      await service.dispatch(new OrderPlaced({ id: 1 }), { delay: '5m', priority: 1 });
      await expect(service.dispatch(new OrderPlaced({ id: 2 }), { delay: 'soon' as never })).rejects.toThrow(
        'delay',
      );
      module.get(TestEvents).expectDispatchedTimes(OrderPlaced, 1);
    },
  );

  it('says so if it is asked to watch too late, or twice', async () => {
    const builder = Test.createTestingModule({ imports: [EventsModule.forRoot(syncConfig())] });
    const first = fakeEvents(builder);
    const second = fakeEvents(builder);
    const module = await builder.compile();
    const late = fakeEvents(builder);
    await module.get(EventService).dispatch(new UserCreated({ userId: '1' }));
    second.expectDispatched(UserCreated);
    expect(() => first.expectNothingDispatched()).toThrow(NotWatchedError);
    expect(() => late.expectNothingDispatched()).toThrow('once and before its compile()');
  });

  it('says what to do if nobody has asked it to watch', async () => {
    const module = await EventsTestingModule.createTestingModule({}).compile();
    expect(() => module.get(TestEvents).expectNothingDispatched()).toThrow('Call fakeEvents()');
    await expect(module.get(TestEvents).settled()).rejects.toThrow('Call fakeEvents()');
  });

  it('refuses what makes no sense as the application does', async () => {
    const { service } = await watch({ mode: 'spy' });
    await expect(service.dispatch(new UserCreated({ userId: '1' }), { priority: 1 })).rejects.toThrow(
      UnsupportedOptionError,
    );
  });
});
