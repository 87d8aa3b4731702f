import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { QueueDriver, type QueueDriverOptions } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import type { DriverHarness, EngineStore } from 'nestjs-event-drivers/testing';
import { createPrefix, describeRedis, REDIS_URL, type TestPrefix } from '../support/redis.js';
import { driverCompliance } from './compliance/driver-compliance.js';
import { createRedisHarness } from './engines/redis.js';

Logger.overrideLogger(false);

interface PrefixOptions extends QueueDriverOptions {
  readonly workerCreator: typeof BullMqWorkerCreator & { readonly keys: TestPrefix };
}

describeRedis('The durable queue', () => {
  const redis = new Redis(REDIS_URL, { lazyConnect: true });
  afterAll(() => redis.quit());

  driverCompliance({ ...createRedisHarness(), engine: { createStore }, driver: underPrefixes(redis) });
});

function createStore(): EngineStore {
  const redis = new Redis(REDIS_URL);
  const { prefix, expireLocks, removeAll } = createPrefix(redis);
  return {
    create: () => new BullMqWorkerCreator({ connection: REDIS_URL, prefix, recoveryIntervalSeconds: 1 }),
    crash: (engine) => engine.close(),
    expireHeartbeats: expireLocks,
    destroy: async () => {
      await removeAll();
      await redis.quit();
    },
  };
}

/** Each place is a prefix of its own, whose keys another process may work at the same time. */
function underPrefixes(redis: Redis): DriverHarness<PrefixOptions> {
  return {
    driver: QueueDriver,
    options: () => {
      const keys = createPrefix(redis);
      const workerCreator = BullMqWorkerCreator.forRoot({
        connection: REDIS_URL,
        prefix: keys.prefix,
        recoveryIntervalSeconds: 1,
      });
      return {
        delayMs: 20,
        pollIntervalMs: 50,
        heartbeat: '10s',
        workerCreator: Object.assign(workerCreator, { keys }) as PrefixOptions['workerCreator'],
      };
    },
    cleanUp: ({ workerCreator: { keys } }) => keys.removeAll(),
    crash: async (driver, { workerCreator: { keys } }) => {
      await (driver as QueueDriver).getEngine().close();
      await keys.expireLocks();
    },
  };
}
