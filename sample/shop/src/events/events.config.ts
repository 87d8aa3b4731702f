import {
  AsyncDriver,
  DebugDriver,
  type DriverConfig,
  type DriverName,
  EventConfig,
  type EventConfigInput,
  MonitoredDriver,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import type { ShopConfig } from '../config/shop.config.js';

// From here on, a driver's name that is misspelt anywhere in the sample does not compile.
declare module 'nestjs-event-drivers' {
  interface RegisteredDrivers {
    sync: true;
    timeout: true;
    retry: true;
    payments: true;
    background: true;
    queue: true;
    resilient: true;
    monitored: true;
    debug: true;
  }
}

/** @param workers whether this process delivers what is in the queue, or only puts more into it */
export function createEventConfig(
  { retry, payments, queue }: ShopConfig,
  workers: boolean,
): EventConfigInput {
  const drivers = {
    sync: EventConfig.createConfigDriver(SyncDriver),

    // Drivers are composed by name. One payment: measured as a whole, tried several times, and each
    // attempt has its own time limit (payments -> retry -> timeout).
    timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: payments.timeoutMs }),
    retry: EventConfig.createConfigDriver(RetryDriver, {
      ...retry,
      backoff: 'exponential',
      driver: 'timeout',
    }),
    payments: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'retry' }),

    // It wraps `retry` as well: nobody waits for it, so nobody else would try again.
    background: EventConfig.createConfigDriver(AsyncDriver, {
      background: true,
      maxConcurrency: 10,
      driver: 'retry',
    }),

    // What must not be lost: stored before `dispatch()` resolves, and delivered in spite of crashes.
    queue: EventConfig.createConfigDriver(QueueDriver, {
      workerCreator: PgBossWorkerCreator.forRoot({
        connection: queue.databaseUrl ?? { embedded: queue.folder },
        schema: queue.schema,
      }),
      retries: retry.maxRetries - 1,
      delayMs: retry.delayMs,
    }),
    resilient: EventConfig.createConfigDriver(ResilientDriver),
    monitored: EventConfig.createConfigDriver(MonitoredDriver),
    debug: EventConfig.createConfigDriver(DebugDriver, { redact: ['email'], driver: 'retry' }),
  } satisfies Record<DriverName, DriverConfig>;
  return { defaultDriver: 'sync', drivers, workers };
}
