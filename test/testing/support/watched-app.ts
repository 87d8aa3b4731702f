import { Logger, type Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  EventConfig,
  EventService,
  EventsModule,
  type EventsModuleOptions,
  QueueDriver,
  type QueueDriverOptions,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { fakeEvents, type FakeEventsOptions, type TestEvents } from 'nestjs-event-drivers/testing';
import { syncConfig } from '../../support/app.js';

/** Nobody answers there: whoever opens it fails. */
export const NOWHERE = PgBossWorkerCreator.forRoot({ connection: 'postgres://127.0.0.1:1/none' });

export interface WatchedApp {
  readonly events: TestEvents;
  readonly service: EventService;
  readonly module: TestingModule;
}

const running: TestingModule[] = [];

/** Starts an application whose events are watched; `closeWatchedApps()` closes it. */
export async function watch(
  options: FakeEventsOptions,
  providers: Provider[] = [],
  config: Partial<EventsModuleOptions> = {},
): Promise<WatchedApp> {
  const builder = Test.createTestingModule({
    imports: [EventsModule.forRoot(syncConfig(config))],
    providers,
  });
  const events = fakeEvents(builder, options);
  const module = await builder.compile();
  await module.init();
  running.push(module);
  // The testing module brings a logger of its own, for errors.
  Logger.overrideLogger(false);
  return { events, module, service: module.get(EventService) };
}

/** A configuration whose driver `'queue'` stores in an engine; in none that could be opened, if it is not given. */
export function queueConfig(
  workerCreator: WorkerCreatorSource = NOWHERE,
  options: Partial<QueueDriverOptions> = {},
): Partial<EventsModuleOptions> {
  return { drivers: { queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator, ...options }) } };
}

export async function closeWatchedApps(): Promise<void> {
  await Promise.all(running.splice(0).map((module) => module.close()));
}
