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
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { startApp, syncConfig } from './app.js';
import { DATABASE_URL, describePostgres, type TestSchema, useSchema } from './postgres.js';
import { describeRedis, REDIS_URL, type TestPrefix, usePrefix } from './redis.js';
import { readPostgres, readRedis, type StoreReader } from './stored-jobs.js';

/** The store that the tests of a block use. */
export interface TestStore {
  readonly creator: new () => WorkerCreator;
  /** A name for a driver that has no other in this store, so that its queues are its own. */
  uniqueName(): string;
  /**
   * Declares a test that the embedded database is spared: it is new for each application, and takes seconds for that.
   * It has the tests that it might make a difference to, and at least one in each file.
   */
  testOnServers(title: string, body: () => Promise<void>): void;
}

/** A store that other processes, and other applications of this one, may work at the same time. */
export type ServerStore = TestStore & StoreReader;

/** A store that has transactions. */
export interface DatabaseStore extends TestStore {
  readonly creator: new () => PgBossWorkerCreator;
  /** The schema in PostgreSQL; `undefined` for the embedded database. */
  readonly schema: TestSchema | undefined;
}

export interface PostgresStore extends DatabaseStore, StoreReader {
  readonly schema: TestSchema;
}

export interface RedisStore extends TestStore, StoreReader {
  readonly creator: new () => BullMqWorkerCreator;
  readonly keys: TestPrefix;
}

/** Declares tests that run on every store that there is: an application moves between them by its worker creator. */
export function onEachStore(title: string, body: (store: TestStore) => void): void {
  onDatabases(title, body);
  onRedis(title, body);
}

/** Declares tests that run on PostgreSQL and on Redis. */
export function onServers(title: string, body: (store: ServerStore) => void): void {
  onPostgres(title, body);
  onRedis(title, body);
}

/** Declares tests that run on PostgreSQL, and on the embedded database in memory. */
export function onDatabases(title: string, body: (store: DatabaseStore) => void): void {
  describe(`${title}, on the embedded database`, () => {
    body({
      creator: PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } }),
      uniqueName: createNames(),
      testOnServers: () => undefined,
      schema: undefined,
    });
  });
  onPostgres(title, body);
}

/** Declares tests that run on PostgreSQL. */
export function onPostgres(title: string, body: (store: PostgresStore) => void): void {
  describePostgres(`${title}, on PostgreSQL`, () => {
    const schema = useSchema();
    body({
      creator: PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: schema.name }),
      uniqueName: createNames(),
      testOnServers: test,
      schema,
      ...readPostgres(schema),
    });
  });
}

/** Declares tests that run on Redis. */
export function onRedis(title: string, body: (store: RedisStore) => void): void {
  describeRedis(`${title}, on Redis`, () => {
    const keys = usePrefix();
    body({
      creator: BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix: keys.prefix }),
      uniqueName: createNames(),
      testOnServers: test,
      keys,
      ...readRedis(keys),
    });
  });
}

function createNames(): () => string {
  let count = 0;
  return () => `q${++count}`;
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
  store: Pick<TestStore, 'creator' | 'uniqueName'>,
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
