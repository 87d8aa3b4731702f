import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Module,
  type OnModuleDestroy,
  type Provider,
  type Type,
} from '@nestjs/common';
import type { EventConfigInput } from './config/event-config.js';
import { EventsFeature } from './config/events-feature.js';
import type { EventService } from './dispatch/event.service.js';
import type { DriverConfig } from './driver/configure-driver.js';
import type { DriverClass } from './driver/driver-class.js';
import { UnsupportedNodeError } from './errors/index.js';
import type { EventClass } from './event/event.interface.js';
import { EventsCoreModule } from './events-core.module.js';
import { EVENT_CONFIG, EVENTS_FEATURE } from './events.tokens.js';
import { createDriverProviders } from './module/driver.providers.js';
import { EventsBootstrap } from './module/events.bootstrap.js';
import { checkMajorOfNode } from './queue/check-node.js';

/** What shapes the module itself. */
export interface EventsModuleExtras {
  /**
   * Whether every module may inject `EventService` and the drivers without importing `EventsModule`.
   *
   * @defaultValue true
   */
  isGlobal?: boolean;

  /**
   * Modules that export what your drivers inject.
   *
   * @defaultValue `[]`
   */
  imports?: DynamicModule['imports'];
}

/** What `EventsModule.forRoot()` takes. */
export interface EventsModuleOptions extends EventConfigInput, EventsModuleExtras {}

/** Makes the configuration in a class of its own, for `useClass` and `useExisting`. */
export interface EventConfigFactory {
  /** Called once, when the application starts. */
  createEventConfig(): EventConfigInput | Promise<EventConfigInput>;
}

interface EventsModuleAsyncBase extends EventsModuleExtras {
  /**
   * The classes of drivers of your own, by their names. It is needed only to inject or override such a
   * driver by its class; its options are those that the factory configures under that name.
   *
   * @defaultValue `{}`
   */
  drivers?: Readonly<Record<string, DriverClass>>;

  /**
   * A subclass of `EventService`, given here rather than by the factory so that it can be injected by
   * its own class too.
   *
   * @defaultValue the factory's `eventService`, else `EventService`
   */
  eventService?: Type<EventService>;
}

/** What `EventsModule.forRootAsync()` takes: one of `useFactory`, `useClass` and `useExisting`. */
export type EventsModuleAsyncOptions = EventsModuleAsyncBase &
  (
    | {
        useFactory: (...dependencies: never[]) => EventConfigInput | Promise<EventConfigInput>;
        /** What the factory is called with. */
        inject?: FactoryProvider['inject'];
        useClass?: never;
        useExisting?: never;
      }
    | { useClass: Type<EventConfigFactory>; useFactory?: never; useExisting?: never; inject?: never }
    | { useExisting: Type<EventConfigFactory>; useFactory?: never; useClass?: never; inject?: never }
  );

/** What `EventsModule.forFeature()` takes. */
export interface EventsFeatureOptions extends Pick<EventsModuleExtras, 'imports'> {
  /** Event classes that are to be found by name though no listener names them. */
  events?: readonly EventClass[];

  /** More drivers, by name. Any event and listener of the application may name them. */
  drivers?: Readonly<Record<string, DriverConfig>>;
}

/**
 * Brings events to an application: import it once, with `forRoot()` or `forRootAsync()`.
 *
 * On shutdown it waits for what drivers have accepted in the background. Modules are shut down in the
 * reverse order of their imports, so import it after those whose connections listeners need.
 */
@Module({})
export class EventsModule implements OnModuleDestroy, BeforeApplicationShutdown {
  constructor(private readonly bootstrap: EventsBootstrap) {}

  /**
   * Configures events, once for the application.
   *
   * @throws an `InvalidEventConfigError` when the application starts, with every problem there is; an
   *   `UnsupportedNodeError` at once on a Node before 22
   *
   * @example
   * ```ts
   * EventsModule.forRoot({
   *   defaultDriver: 'sync',
   *   drivers: {
   *     sync: EventConfig.createConfigDriver(SyncDriver),
   *     retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 5 }),
   *   },
   * });
   * ```
   */
  static forRoot(options: EventsModuleOptions): DynamicModule {
    assertNode();
    const { isGlobal = true, imports = [], ...config } = options ?? {};
    const given = options === undefined ? options : config;
    return EventsModule.around(EventsCoreModule.forConfig(given, isGlobal, imports));
  }

  /**
   * Configures events with values that are known at run time only.
   *
   * @example
   * ```ts
   * EventsModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({
   *     defaultDriver: 'retry',
   *     drivers: {
   *       retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: config.get('MAX_RETRIES') }),
   *     },
   *   }),
   * });
   * ```
   */
  static forRootAsync(options: EventsModuleAsyncOptions): DynamicModule {
    assertNode();
    const { isGlobal = true, imports = [], drivers = {}, eventService } = options;
    const definition = { isGlobal, imports, config: createConfigProviders(options) };
    return EventsModule.around(EventsCoreModule.forAsyncConfig(definition, drivers, eventService));
  }

  /**
   * Adds event classes and drivers from a module of yours to what `forRoot()` configures.
   *
   * @example
   * ```ts
   * EventsModule.forFeature({
   *   events: [InvoicePaid],
   *   drivers: { ledger: EventConfig.createConfigDriver(LedgerDriver) },
   * });
   * ```
   */
  static forFeature(options: EventsFeatureOptions): DynamicModule {
    assertNode();
    const feature = new EventsFeature(options);
    const { providers, tokens } = createDriverProviders(feature.drivers);
    return {
      module: EventsFeatureModule,
      imports: options.imports ?? [],
      providers: [{ provide: EVENTS_FEATURE, useValue: feature }, ...providers],
      exports: tokens,
    };
  }

  private static around(core: DynamicModule): DynamicModule {
    return { module: EventsModule, imports: [core], exports: [EventsCoreModule] };
  }

  async onModuleDestroy(): Promise<void> {
    await this.bootstrap.drain();
  }

  /** Once more, for what requests that were still running have dispatched. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.bootstrap.drain();
  }
}

@Module({})
class EventsFeatureModule {}

/** What an older Node lacks would otherwise be missed somewhere, under a name that tells nobody why. */
function assertNode(): void {
  const problem = checkMajorOfNode();
  if (problem !== undefined) throw new UnsupportedNodeError(problem);
}

function createConfigProviders(options: EventsModuleAsyncOptions): Provider[] {
  if (options.useFactory !== undefined) {
    const { useFactory, inject = [] } = options;
    return [{ provide: EVENT_CONFIG, inject, useFactory }];
  }
  const { useClass, useExisting } = options;
  const factory = useExisting ?? useClass;
  return [
    ...(useClass === undefined ? [] : [useClass]),
    {
      provide: EVENT_CONFIG,
      inject: factory === undefined ? [] : [factory],
      useFactory: (instance?: EventConfigFactory) => instance?.createEventConfig(),
    },
  ];
}
