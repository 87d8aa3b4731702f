import {
  AsyncDriver,
  type AsyncDriverOptions,
  DebugDriver,
  EventConfig,
  FallbackDriver,
  type FallbackDriverOptions,
  MonitoredDriver,
  QueueDriver,
  type QueueDriverOptions,
  ResilientDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { describeDriver, InMemoryStore, InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { MemoryStore } from './storing-driver/memory-store.js';
import { StoringDriver, type StoringDriverOptions } from './storing-driver/storing.driver.js';

describeDriver('SyncDriver', { driver: SyncDriver });

describeDriver('RetryDriver', { driver: RetryDriver, options: () => ({ maxRetries: 3, delayMs: 1 }) });

describeDriver('AsyncDriver', { driver: AsyncDriver });

describeDriver<AsyncDriverOptions>('AsyncDriver, in the background', {
  driver: AsyncDriver,
  options: () => ({ background: true, maxConcurrency: 10 }),
});

describeDriver('TimeoutDriver', { driver: TimeoutDriver, options: () => ({ timeout: 10_000 }) });

describeDriver<FallbackDriverOptions>('FallbackDriver', {
  driver: FallbackDriver,
  options: () => ({ drivers: ['first', 'second'] }),
  drivers: {
    first: EventConfig.createConfigDriver(SyncDriver),
    second: EventConfig.createConfigDriver(SyncDriver),
  },
  wrap: (_options, name) => ({ drivers: [name, 'first'] }),
});

describeDriver('ResilientDriver', {
  driver: ResilientDriver,
  options: () => ({ retry: { maxRetries: 2, delayMs: 1 } }),
});

describeDriver('MonitoredDriver', { driver: MonitoredDriver });

describeDriver('DebugDriver', { driver: DebugDriver });

describeDriver<StoringDriverOptions>('StoringDriver', {
  driver: StoringDriver,
  options: () => ({ store: new MemoryStore() }),
  crash: (driver) => (driver as StoringDriver).crash(),
});

/** As an engine that has no transactions: those of this one are nobody's. */
const WITHOUT_TRANSACTIONS = { transactions: false, transactionalListeners: false };

describeDriver<QueueDriverOptions>('QueueDriver, on the engine in memory', {
  driver: QueueDriver,
  options: () => {
    const store = new InMemoryStore();
    return {
      workerCreator: class extends InMemoryWorkerCreator {
        constructor() {
          super({ store, capabilities: WITHOUT_TRANSACTIONS });
        }
      },
      delayMs: 10,
      pollIntervalMs: 50,
    };
  },
  crash: (driver) => (driver as QueueDriver).getEngine().close(),
});

describeDriver<QueueDriverOptions>('QueueDriver, on an engine that can do nothing beyond what all can', {
  driver: QueueDriver,
  options: () => ({
    workerCreator: new InMemoryWorkerCreator({
      capabilities: {
        ...WITHOUT_TRANSACTIONS,
        delay: false,
        priority: false,
        groups: false,
        rateLimits: false,
        orderingKeys: false,
      },
    }),
    pollIntervalMs: 50,
  }),
});
