import { Inject, Injectable, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseDriver,
  BaseEvent,
  EventConfig,
  type EventConfigInput,
  EventService,
  EventsModule,
  getDriverToken,
  type IBaseEvent,
  InjectDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { EventsTestingModule, overrideDriver } from 'nestjs-event-drivers/testing';

class Happened extends BaseEvent<{ id: number }> {
  override execute(): Promise<void> {
    return Promise.reject(new Error('must not be executed'));
  }
}

class MockDriver extends BaseDriver {
  private dispatchedEvents: IBaseEvent[] = [];

  async dispatch(event: IBaseEvent): Promise<void> {
    this.dispatchedEvents.push(event);
  }

  getDispatchedEvents(): IBaseEvent[] {
    return this.dispatchedEvents;
  }
}

class CustomDriver extends SyncDriver {}

const config: EventConfigInput = {
  defaultDriver: 'sync',
  drivers: {
    sync: EventConfig.createConfigDriver(SyncDriver),
    retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 1 }),
    custom: EventConfig.createConfigDriver(CustomDriver),
    once: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 1 }),
    twice: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 2 }),
  },
};

const modules: [string, () => DynamicModule][] = [
  ['forRoot()', () => EventsModule.forRoot(config)],
  [
    'forRootAsync()',
    () => EventsModule.forRootAsync({ useFactory: async () => config, drivers: { custom: CustomDriver } }),
  ],
];

describe.each(modules)('overriding a driver of %s', (_name, createModule) => {
  const event = new Happened({ id: 1 });

  it('works by the class of a built-in driver', async () => {
    const app = await Test.createTestingModule({ imports: [createModule()] })
      .overrideProvider(RetryDriver)
      .useClass(MockDriver)
      .compile();
    await app.get(EventService).dispatch(event, 'retry');
    expect(app.get<MockDriver>(RetryDriver).getDispatchedEvents()).toEqual([event]);
    expect(app.get(getDriverToken('retry'))).toBe(app.get(RetryDriver));
  });

  it('works by the class of a driver of the application', async () => {
    const app = await Test.createTestingModule({ imports: [createModule()] })
      .overrideProvider(CustomDriver)
      .useClass(MockDriver)
      .compile();
    await app.get(EventService).dispatch(event, 'custom');
    expect(app.get<MockDriver>(CustomDriver).getDispatchedEvents()).toEqual([event]);
  });

  it('works by a class that has several names, for all of them', async () => {
    const app = await Test.createTestingModule({ imports: [createModule()] })
      .overrideProvider(TimeoutDriver)
      .useClass(MockDriver)
      .compile();
    await app.get(EventService).dispatch(event, 'once');
    await app.get(EventService).dispatch(event, 'twice');
    expect(app.get<MockDriver>(TimeoutDriver).getDispatchedEvents()).toEqual([event, event]);
  });

  it('works by one name of a class that has several', async () => {
    const app = await Test.createTestingModule({ imports: [createModule()] })
      .overrideProvider(getDriverToken('twice'))
      .useClass(MockDriver)
      .compile();
    await app.get(EventService).dispatch(event, 'twice');
    expect(app.get<MockDriver>(getDriverToken('twice')).getDispatchedEvents()).toEqual([event]);
    expect(app.get(EventService).getDriver('once')).toBeInstanceOf(TimeoutDriver);
  });

  it('works by the token of its name', async () => {
    const mock = new MockDriver();
    const app = await Test.createTestingModule({ imports: [createModule()] })
      .overrideProvider(getDriverToken('retry'))
      .useValue(mock)
      .compile();
    await app.get(EventService).dispatch(event, 'retry');
    expect(mock.getDispatchedEvents()).toEqual([event]);
    expect(app.get(EventService).getDriver('retry')).toBe(mock);
  });

  it('works with overrideDriver() of the testing module', async () => {
    const app = await EventsTestingModule.createTestingModule({ imports: [createModule()] })
      .overrideDriver('retry', MockDriver)
      .overrideDriver('custom', new MockDriver())
      .compile();
    await app.get(EventService).dispatch(event, 'retry');
    await app.get(EventService).dispatch(event, 'custom');
    expect(app.get<MockDriver>(getDriverToken('retry')).getDispatchedEvents()).toEqual([event]);
    expect(app.get<MockDriver>(getDriverToken('custom')).getDispatchedEvents()).toEqual([event]);
  });

  it("works with overrideDriver() on Nest's own builder", async () => {
    const builder = Test.createTestingModule({ imports: [createModule()] });
    const app = await overrideDriver(builder, 'retry', MockDriver).compile();
    await app.get(EventService).dispatch(event, 'retry');
    expect(app.get<MockDriver>(getDriverToken('retry')).getDispatchedEvents()).toEqual([event]);
  });

  it('does not start with a replacement that cannot dispatch', async () => {
    const app = await Test.createTestingModule({ imports: [createModule()] })
      .overrideProvider(getDriverToken('retry'))
      .useValue({ send: () => {} })
      .compile()
      .then((module) => module.init())
      .catch((error: unknown) => error);
    expect(String(app)).toContain(
      "driver 'retry' was replaced by { send: [Function: send] }, which has no dispatch",
    );
  });
});

describe.each(modules)('injecting a driver of %s', (_name, createModule) => {
  it('gives the configured instance by name and by class', async () => {
    @Injectable()
    class Consumer {
      constructor(
        @InjectDriver('retry') readonly byName: RetryDriver,
        @Inject(getDriverToken('custom')) readonly byToken: CustomDriver,
        readonly byClass: RetryDriver,
      ) {}
    }
    const app = await Test.createTestingModule({
      imports: [createModule()],
      providers: [Consumer],
    }).compile();
    const { byName, byToken, byClass } = app.get(Consumer);
    expect(byName).toBeInstanceOf(RetryDriver);
    expect(byName).toBe(byClass);
    expect(byName.getOptions()).toEqual({ maxRetries: 1 });
    expect(byToken.getName()).toBe('custom');
    expect(app.get(EventService).getDriver('retry')).toBe(byName);
  });
});
