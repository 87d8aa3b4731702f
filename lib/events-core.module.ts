import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { EventConfigInput } from './config/event-config.js';
import { EventsFeature } from './config/events-feature.js';
import {
  isServiceClass,
  type ResolvedEventConfig,
  resolveEventConfig,
} from './config/resolve-event-config.js';
import { EventDispatcher } from './dispatch/event-dispatcher.js';
import { EventService } from './dispatch/event.service.js';
import { type DriverClass, isDriverClass } from './driver/driver-class.js';
import { EVENT_CONFIG, EVENTS_FEATURE, RESOLVED_CONFIG } from './events.tokens.js';
import { ListenerExplorer } from './listener/listener.explorer.js';
import { EventQueues } from './operations/event-queues.js';
import { createDriverProviders } from './module/driver.providers.js';
import { createDynamicDriverProviders } from './module/dynamic-drivers.js';
import { EventsBootstrap } from './module/events.bootstrap.js';

type Imports = NonNullable<DynamicModule['imports']>;

interface CoreDefinition {
  readonly isGlobal: boolean;
  readonly imports: Imports;
  readonly config: readonly Provider[];
}

const resolvedConfig: Provider = {
  provide: RESOLVED_CONFIG,
  inject: [EVENT_CONFIG, ModulesContainer],
  useFactory: (config: EventConfigInput, modules: ModulesContainer) =>
    resolveEventConfig(config, findFeatures(modules)),
};

/** Features are values, there as soon as the modules have been scanned. */
function findFeatures(modules: ModulesContainer): EventsFeature[] {
  return [...modules.values()].flatMap((module) => {
    const feature: unknown = module.providers.get(EVENTS_FEATURE)?.instance;
    return feature instanceof EventsFeature ? [feature] : [];
  });
}

/** The wiring behind `EventsModule`. */
@Module({})
export class EventsCoreModule {
  static forConfig(config: EventConfigInput, isGlobal: boolean, imports: Imports): DynamicModule {
    const { providers, tokens } = createDriverProviders(config?.drivers ?? {});
    const eventService = isServiceClass(config?.eventService) ? config.eventService : undefined;
    return EventsCoreModule.define(
      { isGlobal, imports, config: [{ provide: EVENT_CONFIG, useValue: config }] },
      [...providers, ...eventServiceProviders(eventService)],
      [...tokens, ...driverClasses(providers), ...subclassOf(eventService)],
    );
  }

  static forAsyncConfig(
    definition: CoreDefinition,
    drivers: Readonly<Record<string, DriverClass>>,
    eventService: Type<EventService> | undefined,
  ): DynamicModule {
    const declared = createDriverProviders(
      Object.fromEntries(Object.entries(drivers).map(([name, driver]) => [name, { driver }])),
    );
    const complete = (): Pick<Required<DynamicModule>, 'providers' | 'exports'> => {
      const dynamic = createDynamicDriverProviders(drivers);
      const all = [...declared.providers, ...dynamic.providers];
      const { providers = [], exports = [] } = EventsCoreModule.define(
        definition,
        [...all, ...eventServiceProviders(eventService, true)],
        [...declared.tokens, ...dynamic.tokens, ...driverClasses(all), ...subclassOf(eventService)],
      );
      return { providers, exports };
    };
    return {
      ...EventsCoreModule.define(definition, [], []),
      // Read when the container scans the module, not now: see createDynamicDriverProviders().
      get providers() {
        return complete().providers;
      },
      get exports() {
        return complete().exports;
      },
    };
  }

  private static define(
    { isGlobal, imports, config }: CoreDefinition,
    providers: readonly Provider[],
    exports: NonNullable<DynamicModule['exports']>,
  ): DynamicModule {
    return {
      module: EventsCoreModule,
      global: isGlobal,
      imports: [DiscoveryModule, ...imports],
      providers: [
        ...config,
        resolvedConfig,
        EventDispatcher,
        ListenerExplorer,
        EventsBootstrap,
        EventQueues,
        ...providers,
      ],
      exports: [EventService, EventQueues, EventsBootstrap, RESOLVED_CONFIG, ...exports],
    };
  }
}

function driverClasses(providers: readonly Provider[]): DriverClass[] {
  return providers
    .map((provider) => (typeof provider === 'function' ? provider : provider.provide))
    .filter(isDriverClass);
}

function subclassOf(eventService: Type<EventService> | undefined): Type<EventService>[] {
  return eventService === undefined || eventService === EventService ? [] : [eventService];
}

/** The subclass, if there is one, under both classes. */
function eventServiceProviders(eventService: Type<EventService> | undefined, isDynamic = false): Provider[] {
  const aliases = subclassOf(eventService).map((provide): Provider => ({
    provide,
    useExisting: EventService,
  }));
  if (eventService !== undefined || !isDynamic) {
    return [{ provide: EventService, useClass: eventService ?? EventService }, ...aliases];
  }
  return [
    {
      provide: EventService,
      inject: [ModuleRef, RESOLVED_CONFIG],
      useFactory: (moduleRef: ModuleRef, { input }: ResolvedEventConfig) =>
        moduleRef.create(input.eventService ?? EventService),
    },
  ];
}
