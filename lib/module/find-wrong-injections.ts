import type { ModulesContainer } from '@nestjs/core';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import { isDriverClass } from '../driver/driver-class.js';
import type { DriverRegistry } from '../driver/driver.registry.js';
import { getInjectedDriverNames } from '../driver/driver.tokens.js';
import { describeThrown } from '../errors/index.js';

/** What providers and controllers inject though it is not configured, or is so several times, a sentence each. */
export function findWrongInjections(
  config: ResolvedEventConfig,
  drivers: DriverRegistry,
  modules: ModulesContainer,
): string[] {
  const owners = [...getOwners(modules)];
  const wrongNames = owners.flatMap((owner) =>
    getInjectedDriverNames(owner).flatMap((name) =>
      config.drivers.has(name) ? [] : explainUnknown(`${owner.name} injects`, name, drivers),
    ),
  );
  return [...wrongNames, ...findAmbiguousInjections(config, owners)];
}

function findAmbiguousInjections({ drivers }: ResolvedEventConfig, owners: readonly Function[]): string[] {
  const ambiguous = new Map(
    [...Map.groupBy(drivers.keys(), (name) => drivers.get(name)!.driver)].filter(
      ([, names]) => names.length > 1,
    ),
  );
  // What every provider of an application injects takes a while to look at.
  if (ambiguous.size === 0) return [];
  return owners.flatMap((owner) =>
    getInjectedClasses(owner).flatMap((type) => {
      const names = ambiguous.get(type as never);
      return names === undefined
        ? []
        : [
            `${owner.name} injects ${type.name}, which is configured under several names; ` +
              `inject one of them: ${names.map((name) => `@InjectDriver('${name}')`).join(', ')}`,
          ];
    }),
  );
}

function getOwners(modules: ModulesContainer): Set<Function> {
  const owners = new Set<Function>();
  for (const module of modules.values()) {
    for (const { metatype, inject } of [...module.providers.values(), ...module.controllers.values()]) {
      if (typeof metatype === 'function' && !Array.isArray(inject)) owners.add(metatype);
    }
  }
  return owners;
}

/** The drivers that a constructor takes by their class, and not by a token. */
function getInjectedClasses(owner: Function): Function[] {
  const types = (Reflect.getMetadata('design:paramtypes', owner) as unknown[] | undefined) ?? [];
  const explicit = (Reflect.getMetadata('self:paramtypes', owner) as { index: number }[] | undefined) ?? [];
  return types
    .filter((_, index) => !explicit.some((dependency) => dependency.index === index))
    .filter(isDriverClass);
}

/** @returns nothing if there is such a driver */
export function explainUnknown(who: string, driver: string, drivers: DriverRegistry): string[] {
  try {
    drivers.get(driver);
    return [];
  } catch (error) {
    return [`${who} a driver that cannot be found. ${describeThrown(error)}`];
  }
}
