import type { ModulesContainer } from '@nestjs/core';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import { findBackground, isStore } from '../driver/driver-stack.js';
import type { DriverRegistry } from '../driver/driver.registry.js';
import { EVENT_CONFIG } from '../events.tokens.js';
import type { EventClass } from '../event/event.interface.js';
import { getEventMetadata } from '../event/event-metadata.js';
import type { Listener } from '../listener/listener.js';
import { findOptionProblems } from './find-option-problems.js';
import { findUnknownWorkers } from './find-unknown-workers.js';
import { explainUnknown, findWrongInjections } from './find-wrong-injections.js';

/** What is checked against one another. */
export interface Parts {
  readonly config: ResolvedEventConfig;
  readonly drivers: DriverRegistry;
  /** The event classes that are known when the application starts. */
  readonly classes: ReadonlySet<EventClass>;
  readonly listeners: readonly Listener[];
}

/** What does not fit together in an application, a sentence each. */
export function findTopologyProblems(
  { config, drivers, classes, listeners }: Parts,
  modules: ModulesContainer,
): string[] {
  return [
    ...findSecondRoot(modules),
    ...findDuplicateIds(listeners),
    ...findUnknownDrivers(classes, drivers, listeners),
    ...findOptionProblems({ config, drivers, classes, listeners }),
    ...findBackgroundDeliveries(drivers),
    ...findUnknownWorkers(config, drivers, listeners),
    ...findWrongInjections(config, drivers, modules),
  ];
}

function findSecondRoot(modules: ModulesContainer): string[] {
  const roots = [...modules.values()].filter((module) => module.providers.has(EVENT_CONFIG));
  return roots.length === 1
    ? []
    : [
        `EventsModule.forRoot() or forRootAsync() is imported ${roots.length} times; import it once, and add to it ` +
          `with EventsModule.forFeature()`,
      ];
}

function findDuplicateIds(listeners: readonly Listener[]): string[] {
  return [...Map.groupBy(listeners, ({ id }) => id)]
    .filter(([, group]) => group.length > 1)
    .map(
      ([id, group]) =>
        `${group.length} listeners have the id '${id}': ${group.map(({ label }) => label).join(', ')}. ` +
        `Give each its own (@OnEvent(..., { id: '...' })); where it is one class in several modules, ` +
        `provide it in one of them and export it from there`,
    );
}

function findUnknownDrivers(
  classes: ReadonlySet<EventClass>,
  drivers: DriverRegistry,
  listeners: readonly Listener[],
): string[] {
  const ofListeners = listeners.flatMap(({ label, subscriptions }) =>
    subscriptions.map(({ options }) => ({ who: `listener ${label} names`, driver: options.driver })),
  );
  const ofEvents = [...classes].map((eventClass) => ({
    who: `event ${eventClass.name} names`,
    driver: getEventMetadata(eventClass).driver,
  }));
  return [...ofListeners, ...ofEvents].flatMap(({ who, driver }) =>
    driver === undefined ? [] : explainUnknown(who, driver, drivers),
  );
}

/** What is stored is done, for its queue, once the driver on arrival says so. */
function findBackgroundDeliveries(drivers: DriverRegistry): string[] {
  return drivers.getAll().flatMap(({ name, driver }) => {
    const background = isStore(driver) ? findBackground(driver) : undefined;
    return background === undefined
      ? []
      : [
          `driver '${name}' has its deliveries made by driver '${background.getName()}', which works in the background: ` +
            `they would be recorded as done before they are, and not be tried again where they fail. Leave out ` +
            `background: true there, or name another driver`,
        ];
  });
}
