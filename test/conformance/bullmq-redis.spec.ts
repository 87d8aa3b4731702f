import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { describeWorkerCreator, type EngineStore } from 'nestjs-event-drivers/testing';
import { createPrefix, describeRedis, REDIS_URL } from '../support/redis.js';

Logger.overrideLogger(false);

describeRedis('Redis', () => {
  const harness = { createStore };
  describeWorkerCreator('BullMqWorkerCreator, Redis', harness, { describe, it, afterAll });
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
