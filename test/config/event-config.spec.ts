import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AsyncDriver,
  BaseDriver,
  BaseEvent,
  EventConfig,
  type EventConfigFactory,
  type EventConfigInput,
  EventService,
  EventsModule,
  FallbackDriver,
  type IBaseEvent,
  InvalidEventConfigError,
  InjectDriver,
  OnEvent,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
  WrappingDriver,
} from 'nestjs-event-drivers';
import { closeApps, start, startApp, syncConfig } from '../support/app.js';

afterEach(closeApps);

const sync = EventConfig.createConfigDriver(SyncDriver);

/** What each way of configuring makes of a configuration that is wrong. */
async function fail(config: unknown): Promise<InvalidEventConfigError> {
  const errors = await Promise.all(
    [
      () => EventsModule.forRoot(config as EventConfigInput),
      () => EventsModule.forRootAsync({ useFactory: async () => config as EventConfigInput }),
    ].map(async (createModule) =>
      Test.createTestingModule({ imports: [createModule()] })
        .compile()
        .then(() => new Error('it compiled'))
        .catch((error: Error) => error),
    ),
  );
  expect(errors[0]).toBeInstanceOf(InvalidEventConfigError);
  expect(errors[1]?.message).toBe(errors[0]?.message);
  return errors[0] as InvalidEventConfigError;
}

describe('EventConfig', () => {
  it('creates a configuration and its entries', () => {
    const entry = EventConfig.createConfigDriver(RetryDriver, { maxRetries: 5 });
    expect(entry).toEqual({ driver: RetryDriver, options: { maxRetries: 5 } });
    expect(sync).toEqual({ driver: SyncDriver });
    expect(EventConfig.create({ defaultDriver: SyncDriver, drivers: { sync } })).toEqual({
      defaultDriver: SyncDriver,
      drivers: { sync },
    });
  });

  it("names a driver by its class, which finds it wherever a driver's name is taken", async () => {
    const name = EventConfig.getDriverName(SyncDriver);
    expect(name).toBe('SyncDriver');
    const app = await startApp({ defaultDriver: name, drivers: { sync } });
    expect(app.get(EventService).getDriver(name)).toBeInstanceOf(SyncDriver);
  });
});

describe('a configuration that is wrong fails at start-up', () => {
  it.each([
    [undefined, 'the configuration must be an object with defaultDriver and drivers'],
    [
      { drivers: { sync } },
      "defaultDriver is missing; it must be a configured driver's class or name, not undefined",
    ],
    [
      { defaultDriver: RetryDriver, drivers: { sync } },
      'defaultDriver RetryDriver is not configured; add it to drivers',
    ],
    [
      { defaultDriver: 'retry', drivers: { sync } },
      "defaultDriver 'retry' is not configured. There is no driver 'retry'. Configured are: 'sync'.",
    ],
    [
      { defaultDriver: SyncDriver, drivers: { a: sync, b: sync } },
      "defaultDriver SyncDriver is configured under several names; use one of them: 'a', 'b'",
    ],
    [
      { defaultDriver: 'sync' },
      'drivers must be an object of drivers by name, such as { sync: EventConfig.createConfigDriver(SyncDriver) }, not undefined',
    ],
    [{ defaultDriver: 'sync', drivers: [sync] }, 'drivers must be an object of drivers by name'],
    [
      { defaultDriver: 'sync', drivers: { sync, mine: { driver: class Mine {} } } },
      "driver 'mine' is no class that extends BaseDriver but [class Mine]; configure it as mine: EventConfig.createConfigDriver(<class>, <options>)",
    ],
    [
      { defaultDriver: 'sync', drivers: { sync, mine: RetryDriver } },
      "driver 'mine' is no class that extends BaseDriver but [class RetryDriver extends WrappingDriver]",
    ],
    [
      { defaultDriver: 'sync', drivers: { sync, mine: undefined } },
      "driver 'mine' is no class that extends BaseDriver but undefined",
    ],
    [{ defaultDriver: 'sync', drivers: { sync, ' ': sync } }, 'a driver has an empty name'],
    [
      { defaultDriver: 'sync', drivers: { sync: { driver: SyncDriver, options: { fast: true } } } },
      "driver 'sync' (SyncDriver): 'fast' is no option; there are none",
    ],
    [
      {
        defaultDriver: 'sync',
        drivers: { sync, retry: { driver: RetryDriver, options: { maxRetries: 0 } } },
      },
      "driver 'retry' (RetryDriver): maxRetries must be a whole number from 1, not 0",
    ],
    [
      { defaultDriver: 'sync', drivers: { sync, timeout: { driver: TimeoutDriver } } },
      "driver 'timeout' (TimeoutDriver): timeout is missing; it must be a number of milliseconds from 1 to 2147483647",
    ],
    [
      {
        defaultDriver: 'sync',
        drivers: { sync, retry: { driver: RetryDriver, options: { driver: 'asnyc' } } },
      },
      "driver 'retry' (RetryDriver) wraps a driver that cannot be found. There is no driver 'asnyc'. Configured are: 'sync', 'retry'.",
    ],
    [
      {
        defaultDriver: 'sync',
        drivers: { sync, fallback: { driver: FallbackDriver, options: { drivers: ['sync'] } } },
      },
      "driver 'fallback' (FallbackDriver): drivers must be a list of at least 2, each a non-empty string, not [ 'sync' ]",
    ],
    [
      { defaultDriver: 'sync', drivers: { sync }, events: [class NoEvent {}] },
      'events must be event classes, with a method execute(), not [class NoEvent]',
    ],
    [
      { defaultDriver: 'sync', drivers: { sync }, events: 7 },
      'events must be a list of event classes, not 7',
    ],
    [
      { defaultDriver: 'sync', drivers: { sync }, shutdownTimeoutMs: -1 },
      'shutdownTimeoutMs must be a number of milliseconds from 0 to 2147483647, not -1',
    ],
    [
      { defaultDriver: 'sync', drivers: { sync }, eventService: {} },
      'eventService must be a class that extends EventService, not {}',
    ],
  ])('%#: %p', async (config, message) => {
    expect((await fail(config)).problems.join('\n')).toContain(message);
  });

  it.each([
    [{ a: 'a' }, 'a -> a'],
    [{ a: 'b', b: 'a' }, 'a -> b -> a'],
    [{ a: 'b', b: 'c', c: 'a' }, 'a -> b -> c -> a'],
    [{ x: 'a', a: 'b', b: 'RETRYDRIVER', r: 'a' }, 'a -> b -> r -> a'],
  ])('drivers that wrap one another in a circle: %p', async (wraps, path) => {
    class Wrapper extends WrappingDriver {
      dispatch(event: IBaseEvent): Promise<void> {
        return this.deliver(event);
      }
    }
    const drivers = Object.fromEntries(
      Object.entries(wraps).map(([name, driver]) => [
        name,
        { driver: name === 'r' ? RetryDriver : Wrapper, options: { driver } },
      ]),
    );
    expect((await fail({ defaultDriver: 'sync', drivers: { sync, ...drivers } })).problems).toEqual([
      `drivers wrap one another in a circle: ${path}`,
    ]);
  });

  it('with one error that lists every problem', async () => {
    const error = await fail({
      drivers: {
        mine: { driver: Object },
        retry: { driver: RetryDriver, options: { maxRetries: -1, delayMs: NaN } },
        async: { driver: AsyncDriver, options: { maxConcurrency: 1.5, driver: 'nowhere' } },
      },
    });
    expect(error.problems).toHaveLength(6);
    expect(error.message).toMatch(
      /^Invalid events configuration, 6 problems:\n {2}- driver 'mine' is no class/,
    );
  });

  it('where it is given twice', async () => {
    const started = start({
      imports: [EventsModule.forRoot(syncConfig()), EventsModule.forRoot(syncConfig())],
    });
    await expect(started).rejects.toThrow(
      'EventsModule.forRoot() or forRootAsync() is imported 2 times; import it once, and add to it with EventsModule.forFeature()',
    );
  });

  it('where a class injects a driver that is not configured, or a class that several drivers have', async () => {
    @Injectable()
    class Consumer {
      constructor(
        @InjectDriver('nowhere') readonly nowhere: SyncDriver,
        readonly retry: RetryDriver,
      ) {}
    }
    const config = syncConfig({
      drivers: {
        a: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 1 }),
        b: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 2 }),
      },
    });
    const started = start({
      imports: [EventsModule.forRootAsync({ useFactory: () => config })],
      providers: [Consumer],
    });
    await expect(started).rejects.toThrow(
      "Consumer injects a driver that cannot be found. There is no driver 'nowhere'.",
    );
    await expect(started).rejects.toThrow(
      "Consumer injects RetryDriver, which is configured under several names; inject one of them: @InjectDriver('a'), @InjectDriver('b')",
    );
  });
});

describe('what the service knows', () => {
  class Known extends BaseEvent {}
  class Heard extends BaseEvent {
    override getName(): string {
      return 'heard.by.name';
    }
  }
  class Dispatched extends BaseEvent {}

  it('is the configuration, its drivers with their options, events and listeners', async () => {
    @Injectable()
    class Listener {
      @OnEvent(Heard, { order: 2, driver: 'one' })
      on(): void {}
    }
    const config = syncConfig({
      events: [Known],
      drivers: {
        one: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 1 }),
        two: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 2 }),
      },
    });
    const service = (await startApp(config, [Listener])).get(EventService);
    expect(service.getConfig()).toEqual(config);
    expect(service.getDefaultDriverCtor()).toBe(SyncDriver);
    expect(service.getDriver('one')).not.toBe(service.getDriver('two'));
    expect(service.getDriver('two').getName()).toBe('two');
    expect(service.getDriverOptions(service.getDriver('two'))).toEqual({ maxRetries: 2 });
    expect(service.getDriverOptionsByName('one')).toEqual({ maxRetries: 1 });
    expect(service.getDriverOptionsByName('sync')).toBeUndefined();
    expect(['one', 'SYNC', 'retry', 'three', 7].map((name) => service.hasDriver(name as string))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(() => service.getDriver(['one'] as never)).toThrow(
      "There is no driver [ 'one' ]. Configured are: ",
    );
    expect(() => service.getDriverOptionsByName('three')).toThrow("There is no driver 'three'");
    expect(() => service.getDriverOptions(new AsyncDriver())).toThrow("There is no driver 'AsyncDriver'");
    expect(service.getEventCtorByName('Known')).toBe(Known);
    expect(service.getEventCtorByName('heard.by.name')).toBe(Heard);
    expect(service.getEventCtorByName('constructor')).toBeUndefined();
    expect(service.getEventCtorByName('Dispatched')).toBeUndefined();
    await service.dispatch(new Dispatched());
    expect(service.getEventCtorByName('Dispatched')).toBe(Dispatched);
    const listener = { id: 'Listener.on', driver: 'one', order: 2, events: [Heard] };
    for (const subject of [Heard, new Heard(), 'heard.by.name']) {
      expect(service.getListeners(subject)).toEqual([listener]);
    }
    expect(service.getListeners('nothing')).toEqual([]);
  });
});

describe('a subclass of EventService', () => {
  @Injectable()
  class Clock {
    readonly now = 7;
  }
  @Module({ providers: [Clock], exports: [Clock] })
  class ClockModule {}
  class CriticalEvent extends BaseEvent {}
  @Injectable()
  class SmartEventService extends EventService {
    constructor(readonly clock: Clock) {
      super();
    }

    override async dispatch(event: IBaseEvent, overrideDriverName?: string): Promise<void> {
      const fallback = this.getDefaultDriverCtor().name.toLowerCase();
      await super.dispatch(
        event,
        overrideDriverName ?? (event instanceof CriticalEvent ? 'critical' : fallback),
      );
    }
  }
  class RecordingDriver extends BaseDriver {
    readonly events: IBaseEvent[] = [];
    async dispatch(event: IBaseEvent): Promise<void> {
      this.events.push(event);
    }
  }
  const config = syncConfig({ drivers: { critical: EventConfig.createConfigDriver(RecordingDriver) } });
  const smart = { ...config, eventService: SmartEventService };
  const imports = [ClockModule];

  it.each([
    ['forRoot()', () => EventsModule.forRoot({ ...smart, imports })],
    ["forRootAsync()'s factory", () => EventsModule.forRootAsync({ imports, useFactory: () => smart })],
    [
      'forRootAsync() itself',
      () => EventsModule.forRootAsync({ imports, useFactory: () => config, eventService: SmartEventService }),
    ],
  ])(
    'given to %s is injected wherever EventService is, with what it injects itself',
    async (name, createModule) => {
      const app = await start({ imports: [createModule()] });
      const service = app.get(EventService);
      expect(service).toBeInstanceOf(SmartEventService);
      expect((service as SmartEventService).clock.now).toBe(7);
      if (!name.includes('factory')) expect(app.get(SmartEventService)).toBe(service);
      const event = new CriticalEvent();
      await service.dispatchMany([event, new (class Other extends BaseEvent {})()]);
      expect(service.getDriver<RecordingDriver>('critical').events).toEqual([event]);
    },
  );
});

describe('an asynchronous configuration', () => {
  const config = syncConfig({
    drivers: { retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 9 }) },
  });

  @Injectable()
  class Factory implements EventConfigFactory {
    async createEventConfig(): Promise<EventConfigInput> {
      return config;
    }
  }
  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  it.each([
    ['useFactory', () => EventsModule.forRootAsync({ useFactory: () => config })],
    [
      'useFactory with what it injects',
      () =>
        EventsModule.forRootAsync({
          imports: [FactoryModule],
          inject: [Factory],
          useFactory: (factory: Factory) => factory.createEventConfig(),
        }),
    ],
    ['useClass', () => EventsModule.forRootAsync({ useClass: Factory })],
    ['useExisting', () => EventsModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory })],
  ])('comes from %s', async (_name, createModule) => {
    const service = (await start({ imports: [createModule()] })).get(EventService);
    expect(service.getDriverOptionsByName('retry')).toEqual({ maxRetries: 9 });
  });

  it('that comes from nowhere is refused', async () => {
    await expect(start({ imports: [EventsModule.forRootAsync({} as never)] })).rejects.toThrow(
      'the configuration must be an object with defaultDriver and drivers, not undefined',
    );
  });
});

describe('drivers of the application', () => {
  const hooks: string[] = [];
  @Injectable()
  class Ledger {
    readonly entries: string[] = [];
  }
  @Module({ providers: [Ledger], exports: [Ledger] })
  class LedgerModule {}
  @Injectable()
  class LedgerDriver extends BaseDriver<{ prefix: string }> {
    constructor(private readonly ledger: Ledger) {
      super();
    }

    onModuleInit(): void {
      hooks.push(`init ${this.getName()} ${this.getOptions()?.prefix}`);
    }

    onModuleDestroy(): void {
      hooks.push(`destroy ${this.getName()}`);
    }

    async dispatch(event: IBaseEvent): Promise<void> {
      this.ledger.entries.push(`${this.getOptions()?.prefix} ${event.getName()}`);
    }
  }
  class Paid extends BaseEvent {}
  const config = syncConfig({
    drivers: { ledger: EventConfig.createConfigDriver(LedgerDriver, { prefix: 'L' }) },
  });
  const imports = [LedgerModule];

  it.each([
    ['forRoot()', () => EventsModule.forRoot({ ...config, imports })],
    ['forRootAsync()', () => EventsModule.forRootAsync({ imports, useFactory: () => config })],
    [
      'forRootAsync() with its class',
      () =>
        EventsModule.forRootAsync({ imports, useFactory: () => config, drivers: { ledger: LedgerDriver } }),
    ],
  ])(
    'of %s inject services, have their options in onModuleInit(), and are destroyed',
    async (_name, createModule) => {
      hooks.length = 0;
      const app = await start({ imports: [createModule(), LedgerModule] });
      await app.get(EventService).dispatch(new Paid(), 'ledger');
      expect(app.get(Ledger, { strict: false }).entries).toEqual(['L Paid']);
      await app.close();
      expect(hooks).toEqual(['init ledger L', 'destroy ledger']);
    },
  );

  it('of an asynchronous configuration that nobody injects take part in the life of the application, too', async () => {
    hooks.length = 0;
    const app = await start({
      imports: [
        EventsModule.forRootAsync({
          imports,
          useFactory: () => ({
            ...config,
            drivers: { ...config.drivers, unheard: { driver: LedgerDriver, options: { prefix: 'U' } } },
          }),
        }),
      ],
    });
    await app.get(EventService).dispatch(new Paid(), 'unheard');
    await app.close();
    expect(hooks.toSorted()).toEqual([
      'destroy ledger',
      'destroy unheard',
      'init ledger L',
      'init unheard U',
    ]);
  });

  it('of features are there for all, and share nothing', async () => {
    class FeatureEvent extends BaseEvent {}
    hooks.length = 0;
    const app = await start({
      imports: [
        EventsModule.forRoot(
          syncConfig({ drivers: { retry: EventConfig.createConfigDriver(RetryDriver, { driver: 'a' }) } }),
        ),
        EventsModule.forFeature({
          imports,
          events: [FeatureEvent],
          drivers: {
            a: EventConfig.createConfigDriver(LedgerDriver, { prefix: 'A' }),
            b: EventConfig.createConfigDriver(LedgerDriver, { prefix: 'B' }),
          },
        }),
      ],
    });
    const service = app.get(EventService);
    await service.dispatch(new FeatureEvent(), 'retry');
    await service.dispatch(new FeatureEvent(), 'b');
    expect(app.get(Ledger, { strict: false }).entries).toEqual(['A FeatureEvent', 'B FeatureEvent']);
    expect(service.getEventCtorByName('FeatureEvent')).toBe(FeatureEvent);
    expect(hooks).toEqual(['init a A', 'init b B']);
  });

  it('of features must not take a name that is taken', async () => {
    const started = start({
      imports: [EventsModule.forRoot(syncConfig()), EventsModule.forFeature({ drivers: { sync } })],
    });
    await expect(started).rejects.toThrow("driver 'sync' is configured twice; give one another name");
  });

  it('may inject the EventService, and dispatch with it', async () => {
    @Injectable()
    class RelayingDriver extends BaseDriver {
      constructor(private readonly events: EventService) {
        super();
      }

      async dispatch(event: IBaseEvent): Promise<void> {
        await this.events.dispatch(event, 'ledger');
      }
    }
    const app = await start({
      imports: [
        EventsModule.forRoot({
          ...config,
          drivers: { ...config.drivers, relay: EventConfig.createConfigDriver(RelayingDriver) },
          imports,
        }),
      ],
    });
    await app.get(EventService).dispatch(new Paid(), 'relay');
    expect(app.get(Ledger, { strict: false }).entries).toEqual(['L Paid']);
  });
});
