import { Logger, type Provider } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import {
  EventConfig,
  EventQueues,
  EventService,
  type EventsModuleOptions,
  QueueDriver,
  type QueueDriverOptions,
  type WorkerCreator,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { startApp, syncConfig } from './app.js';
import { DATABASE_URL, describePostgres, type TestSchema, useSchema } from './postgres.js';

/** The store that the tests of a block use. */
export interface TestStore {
  readonly creator: new () => WorkerCreator;
  /** A name for a driver that has no other in this store, so that its queues are its own. */
  uniqueName(): string;
  /** The schema in PostgreSQL; `undefined` for the embedded database. */
  readonly schema: TestSchema | undefined;
}

/** Declares tests that run on PostgreSQL, and on the embedded database in memory. */
export function onEachStore(title: string, body: (store: TestStore) => void): void {
  let count = 0;
  const uniqueName = (): string => `q${++count}`;
  describe(`${title}, on the embedded database`, () => {
    body({
      creator: PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } }),
      uniqueName,
      schema: undefined,
    });
  });
  onPostgres(title, body);
}

/** Declares tests that run on PostgreSQL. */
export function onPostgres(title: string, body: (store: TestStore) => void): void {
  let count = 0;
  describePostgres(`${title}, on PostgreSQL`, () => {
    const schema = useSchema();
    body({
      creator: PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: schema.name }),
      uniqueName: () => `q${++count}`,
      schema,
    });
  });
}

/** An application with one queue, and what tests ask of it. */
export interface QueueApp {
  readonly app: TestingModule;
  readonly events: EventService;
  readonly queues: EventQueues;
  readonly driver: QueueDriver;
  /** The name of the driver. */
  readonly name: string;
}

/** Starts an application whose default driver is a queue in that store. Its retries are quick. */
export async function startQueue(
  store: TestStore,
  providers: Provider[] = [],
  options: Partial<QueueDriverOptions> = {},
  config: Partial<EventsModuleOptions> = {},
  name = store.uniqueName(),
): Promise<QueueApp> {
  const queue = EventConfig.createConfigDriver(QueueDriver, {
    workerCreator: store.creator,
    delayMs: 20,
    pollIntervalMs: 200,
    ...options,
  });
  const app = await startApp(
    syncConfig({ defaultDriver: name, ...config, drivers: { [name]: queue, ...config.drivers } }),
    providers,
  );
  const events = app.get(EventService);
  // The testing module brings a logger of its own, for errors.
  Logger.overrideLogger(false);
  return { app, events, queues: app.get(EventQueues), driver: events.getDriver<QueueDriver>(name), name };
}
