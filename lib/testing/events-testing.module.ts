import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import { TestingModuleBuilder } from '@nestjs/testing';
import {
  type DriverName,
  EventConfig,
  EventsModule,
  type EventsModuleOptions,
  type IEventDriver,
} from '../index.js';
import { EventsBootstrap } from '../module/events.bootstrap.js';
import { createTestingProviders, watchEvents } from './fake-events.js';
import { LenientDriver } from './modes/lenient.driver.js';
import { getTestRun } from './modes/testing.bootstrap.js';
import type { FakeEventsOptions } from './modes/mode.js';
import { TestRun } from './modes/test-run.js';
import { overrideDriver } from './override-driver.js';
import { TestEvents, WATCH } from './test-events.js';

/** Nest's builder of testing modules, with drivers among the things to override, and events among those to watch. */
export class EventsTestingModuleBuilder extends TestingModuleBuilder {
  private readonly events: TestEvents;

  constructor(scanner: MetadataScanner, metadata: ModuleMetadata) {
    const events = new TestEvents();
    super(scanner, { ...metadata, imports: [...(metadata.imports ?? []), provideEvents(events)] });
    this.events = events;
  }

  /** Puts another driver in the place of a configured one: a class, or an instance. */
  overrideDriver(name: DriverName, driver: Type<IEventDriver> | IEventDriver): this {
    overrideDriver(this, name, driver);
    return this;
  }

  /** Watches the events of the application, as `fakeEvents()` does; `module.get(TestEvents)` tells what has happened. */
  fakeEvents(options: FakeEventsOptions = {}): this {
    watchEvents(this, this.events, options);
    return this;
  }
}

/** What an application has whose test names no drivers. */
const DEFAULT_CONFIG = EventConfig.create({
  defaultDriver: 'sync',
  drivers: { sync: EventConfig.createConfigDriver(LenientDriver) },
});

/** Makes testing modules for applications with events. */
@Module({})
export class EventsTestingModule {
  /**
   * Stands in for `EventsModule.forRoot()` in a test of a part of an application; inject `TestEvents` to see what has
   * happened.
   *
   * @param config the configuration. Without one, drivers that events and listeners name are let pass as if they were
   *   configured
   * @param options which events, and what becomes of them; they are recorded and nothing is run, if not given
   *
   * @example
   * ```ts
   * const module = await Test.createTestingModule({
   *   imports: [EventsTestingModule.forRoot()],
   *   providers: [UserService],
   * }).compile();
   * const events = module.get(TestEvents);
   * ```
   */
  static forRoot(config?: EventsModuleOptions, options: FakeEventsOptions = {}): DynamicModule {
    const run = new TestRun(options, config === undefined);
    const events = new TestEvents();
    events[WATCH](run);
    const root = EventsModule.forRoot(config ?? DEFAULT_CONFIG);
    const [core, ...others] = root.imports as [DynamicModule, ...DynamicModule[]];
    const providers = [...(core.providers ?? []), ...createTestingProviders(run)];
    return {
      module: EventsTestingModule,
      imports: [{ ...root, imports: [{ ...core, providers }, ...others] }, provideEvents(events)],
      exports: [EventsModule],
    };
  }

  /**
   * As Nest's `Test.createTestingModule()`, with `overrideDriver()` and `fakeEvents()` on the builder.
   *
   * @example
   * ```ts
   * const module = await EventsTestingModule.createTestingModule({ imports: [AppModule] })
   *   .overrideDriver('mail', MockDriver)
   *   .fakeEvents({ mode: 'spy' })
   *   .compile();
   * const events = module.get(TestEvents);
   * ```
   */
  static createTestingModule(metadata: ModuleMetadata): EventsTestingModuleBuilder {
    return new EventsTestingModuleBuilder(new MetadataScanner(), metadata);
  }
}

@Module({})
class TestEventsModule {}

/** Where the application is watched by what it imports, that is what there is to see. */
function provideEvents(events: TestEvents): DynamicModule {
  return {
    module: TestEventsModule,
    global: true,
    providers: [
      {
        provide: TestEvents,
        inject: [{ token: EventsBootstrap, optional: true }],
        useFactory: (bootstrap?: EventsBootstrap) => {
          const run = getTestRun(bootstrap);
          if (run !== undefined) events[WATCH](run);
          return events;
        },
      },
    ],
    exports: [TestEvents],
  };
}
