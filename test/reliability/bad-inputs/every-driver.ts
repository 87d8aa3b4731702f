import { jest } from '@jest/globals';
import { Injectable, type Provider } from '@nestjs/common';
import {
  AsyncDriver,
  BaseEvent,
  DebugDriver,
  type DriverConfig,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  type EventsModuleOptions,
  FallbackDriver,
  type IBaseEvent,
  MonitoredDriver,
  OnEvent,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
  type WorkerCreator,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { closeApps, startApp } from '../../support/app.js';
import { captureLogs } from '../../support/drivers.js';
import { DATABASE_URL, useSchema } from '../../support/postgres.js';
import { REDIS_URL, usePrefix } from '../../support/redis.js';

/** Each store that there is, and what may be around one. */
export const STORING = [
  'postgres',
  'redis',
  'embedded',
  'memory',
  'monitoredQueue',
  'retriedQueue',
  'fallbackQueue',
  'limitedQueue',
] as const;

/** What runs a delivery where it is dispatched, and stores nothing. */
export const IN_PROCESS = {
  sync: EventConfig.createConfigDriver(SyncDriver),
  retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 2, delayMs: 1 }),
  async: EventConfig.createConfigDriver(AsyncDriver),
  background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
  timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 60_000 }),
  resilient: EventConfig.createConfigDriver(ResilientDriver),
  fallback: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['sync', 'async'] }),
  monitored: EventConfig.createConfigDriver(MonitoredDriver),
  debug: EventConfig.createConfigDriver(DebugDriver),
};

/** An event whose payload may be anything. */
@Event({ name: 'input' })
export class Input extends BaseEvent<unknown> {}

@Injectable()
export class Inputs {
  heard: IBaseEvent[] = [];

  @OnEvent(Input, { id: 'inputs' })
  hear(event: Input): void {
    this.heard.push(event);
  }
}

/** One application with every driver, for all tests of the enclosing block. */
export interface EveryDriver {
  readonly events: EventService;
  readonly queues: EventQueues;
  readonly inputs: Inputs;
  readonly get: <T>(provider: new (...args: never[]) => T) => T;
  readonly engines: Readonly<Record<string, WorkerCreator>>;
  /** How often the stores have been asked to store something. */
  readonly countStored: () => number;
}

export function queueOn(workerCreator: WorkerCreatorSource): DriverConfig {
  return EventConfig.createConfigDriver(QueueDriver, { workerCreator, retries: 0, pollIntervalMs: 200 });
}

function toConfig(engines: Readonly<Record<string, WorkerCreator>>): EventsModuleOptions {
  const stores = Object.entries(engines).map(([name, engine]) => [name, queueOn(engine)] as const);
  return {
    defaultDriver: 'sync',
    drivers: {
      ...IN_PROCESS,
      ...Object.fromEntries(stores),
      monitoredQueue: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'postgres' }),
      retriedQueue: EventConfig.createConfigDriver(RetryDriver, { driver: 'redis' }),
      fallbackQueue: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['embedded', 'sync'] }),
      limitedQueue: EventConfig.createConfigDriver(TimeoutDriver, { driver: 'memory', timeout: 60_000 }),
    },
  };
}

/** Starts that application before the tests of the enclosing block. The embedded database takes a second to open. */
export function useEveryDriver(
  providers: Provider[] = [],
  events: EventsModuleOptions['events'] = [],
): EveryDriver {
  const schema = useSchema();
  const { prefix } = usePrefix();
  const engines = {
    postgres: new PgBossWorkerCreator({ connection: DATABASE_URL, schema: schema.name }),
    redis: new BullMqWorkerCreator({ connection: REDIS_URL, prefix }),
    embedded: new PgBossWorkerCreator({ connection: { embedded: 'memory' }, recoveryIntervalSeconds: 1 }),
    memory: new InMemoryWorkerCreator(),
  };
  const calls = Object.values(engines).map((engine) => jest.spyOn(engine, 'store').mock.calls);
  let app: Awaited<ReturnType<typeof startApp>> | undefined;
  beforeAll(async () => {
    app = await startApp({ ...toConfig(engines), events }, [Inputs, ...providers]);
    captureLogs();
  });
  beforeEach(() => void (app!.get(Inputs).heard = []));
  afterAll(closeApps);
  return {
    engines,
    countStored: () => calls.flat().length,
    get: (provider) => app!.get(provider),
    get events() {
      return app!.get(EventService);
    },
    get queues() {
      return app!.get(EventQueues);
    },
    get inputs() {
      return app!.get(Inputs);
    },
  };
}

/** What a dispatch of the same comes to with each of these drivers. */
export async function onEach<T>(
  drivers: readonly string[],
  ask: (driver: string) => Promise<T>,
): Promise<Record<string, T>> {
  const found: Record<string, T> = {};
  for (const driver of drivers) found[driver] = await ask(driver);
  return found;
}

/** What is expected of all of these drivers alike. */
export function alike<T>(drivers: readonly string[], expected: T): Record<string, T> {
  return Object.fromEntries(drivers.map((driver) => [driver, expected]));
}
