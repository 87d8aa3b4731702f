import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
  Provider,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import { configureDriver } from '../driver/configure-driver.js';
import type { DriverClass } from '../driver/driver-class.js';
import { toDriverToken, getKnownDriverNames } from '../driver/driver.tokens.js';
import { BUILT_IN_DRIVERS } from '../drivers/built-in-drivers.js';
import { RESOLVED_CONFIG } from '../events.tokens.js';

type LifecycleHook = keyof (OnModuleInit &
  OnApplicationBootstrap &
  OnModuleDestroy &
  BeforeApplicationShutdown &
  OnApplicationShutdown);

/**
 * The drivers whose classes are known only once an asynchronous configuration is. The container has no
 * provider for those that nobody injects, so this passes its lifecycle hooks on to them.
 */
export class DynamicDrivers
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  private readonly drivers = new Map<string, unknown>();
  private readonly unmanaged = new Set<unknown>();

  add(name: string, driver: unknown, isManaged: boolean): void {
    this.drivers.set(name, driver);
    if (!isManaged) this.unmanaged.add(driver);
  }

  get(name: string): unknown {
    return this.drivers.get(name);
  }

  async onModuleInit(): Promise<void> {
    await this.callHooks('onModuleInit');
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.callHooks('onApplicationBootstrap');
  }

  async onModuleDestroy(): Promise<void> {
    await this.callHooks('onModuleDestroy');
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    await this.callHooks('beforeApplicationShutdown', signal);
  }

  async onApplicationShutdown(signal?: string): Promise<void> {
    await this.callHooks('onApplicationShutdown', signal);
  }

  private async callHooks(hook: LifecycleHook, signal?: string): Promise<void> {
    const drivers = [...this.unmanaged] as Partial<Record<LifecycleHook, (signal?: string) => unknown>>[];
    await Promise.all(drivers.map(async (driver) => driver[hook]?.(signal)));
  }
}

/**
 * The providers for a configuration that is known at run time only: the built-in drivers under their
 * classes, and each name that someone has asked a token for. (The list is made when the container reads
 * it, so that a test's `overrideProvider(getDriverToken('retry'))` is among them.)
 *
 * @param declared the drivers that were declared beside the factory; they have providers already
 */
export function createDynamicDriverProviders(declared: Readonly<Record<string, DriverClass>>): {
  providers: Provider[];
  tokens: symbol[];
} {
  const declaredClasses = new Set(Object.values(declared));
  const classes = BUILT_IN_DRIVERS.filter((driverClass) => !declaredClasses.has(driverClass));
  const names = getKnownDriverNames().filter((name) => !Object.hasOwn(declared, name));
  const dynamicDrivers: Provider = {
    provide: DynamicDrivers,
    inject: [ModuleRef, RESOLVED_CONFIG, ...classes],
    useFactory: (moduleRef: ModuleRef, config: ResolvedEventConfig, ...instances: unknown[]) => {
      const existing = new Map(classes.map((driverClass, index) => [driverClass, instances[index]]));
      return createDrivers(config, declared, existing, new Set(names), (driverClass) =>
        moduleRef.create(driverClass),
      );
    },
  };
  const byName = names.map((name): Provider => ({
    provide: toDriverToken(name),
    inject: [DynamicDrivers],
    useFactory: (drivers: DynamicDrivers) => drivers.get(name),
  }));
  return { providers: [...classes, dynamicDrivers, ...byName], tokens: names.map(toDriverToken) };
}

async function createDrivers(
  { input, drivers: configs }: ResolvedEventConfig,
  declared: Readonly<Record<string, DriverClass>>,
  existing: ReadonlyMap<DriverClass, unknown>,
  managedNames: ReadonlySet<string>,
  create: (driverClass: DriverClass) => Promise<unknown>,
): Promise<DynamicDrivers> {
  const drivers = new DynamicDrivers();
  const names = Object.keys(input.drivers).filter((name) => !Object.hasOwn(declared, name));
  const byClass = Map.groupBy(names, (name) => configs.get(name)!.driver);
  for (const [driverClass, group] of byClass) {
    const instance = existing.get(driverClass);
    const isReplaced = existing.has(driverClass) && !(instance instanceof driverClass);
    const isShared = isReplaced || (existing.has(driverClass) && group.length === 1);
    for (const name of group) {
      const driver = isShared ? instance : await create(driverClass);
      configureDriver(name, driver, configs.get(name)!);
      drivers.add(name, driver, isShared || managedNames.has(name));
    }
  }
  return drivers;
}
