import type { INestApplicationContext, ModuleMetadata, Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { EventConfig, EventsModule, type EventsModuleOptions, SyncDriver } from 'nestjs-event-drivers';

const running: INestApplicationContext[] = [];

/** A configuration with `SyncDriver` as its default, and whatever else is given. */
export function syncConfig(options: Partial<EventsModuleOptions> = {}): EventsModuleOptions {
  return {
    defaultDriver: 'sync',
    ...options,
    drivers: { sync: EventConfig.createConfigDriver(SyncDriver), ...options.drivers },
  };
}

/** Compiles and starts an application; `closeApps()` closes it. */
export async function startApp(
  options: EventsModuleOptions,
  providers: Provider[] = [],
  metadata: ModuleMetadata = {},
): Promise<TestingModule> {
  return start({
    ...metadata,
    imports: [EventsModule.forRoot(options), ...(metadata.imports ?? [])],
    providers: [...providers, ...(metadata.providers ?? [])],
  });
}

export async function start(metadata: ModuleMetadata): Promise<TestingModule> {
  const module = await Test.createTestingModule(metadata).compile();
  await module.init();
  running.push(module);
  return module;
}

export async function closeApps(): Promise<void> {
  await Promise.all(running.splice(0).map((app) => app.close()));
}
