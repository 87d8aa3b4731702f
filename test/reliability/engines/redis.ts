import { Redis } from 'ioredis';
import { openKeys } from '../../support/back-door.js';
import { hasPrivateRedis, PrivateRedis } from '../../support/private-redis.js';
import { createPrefix, REDIS_URL } from '../../support/redis.js';
import { redisStore } from '../../support/stores.js';
import type { Capability, Durability, ReliabilityHarness, Server, Store } from '../compliance/harness.js';

const CAPABILITIES: readonly Capability[] = ['multiProcess', 'networked'];

/** BullMQ on Redis: each store is a prefix of the keys of the server that tests use. */
export function createRedisHarness(): ReliabilityHarness {
  return {
    name: 'Redis',
    capabilities: new Set([...CAPABILITIES, ...(hasPrivateRedis ? (['restartable'] as const) : [])]),
    url: REDIS_URL,
    moveTo: ({ redis }, connection) => ({ redis: { ...redis, connection } }),
    createStore: () => Promise.resolve(createStore()),
    createServer,
  };
}

function createStore(): Store {
  const redis = new Redis(REDIS_URL);
  const keys = createPrefix(redis);
  return {
    ...redisStore(keys),
    ...openKeys(keys),
    remove: async () => {
      await keys.removeAll();
      await redis.quit();
    },
  };
}

async function createServer(durability: Durability): Promise<Server> {
  const appendfsync = durability === 'powerSafe' ? 'always' : 'everysec';
  const server = await PrivateRedis.create({ appendonly: 'yes', appendfsync });
  const place = { redis: { connection: server.url, recoveryIntervalSeconds: 1, timeoutMs: 2000 } };
  return {
    place,
    stopModes: ['kill'],
    stop: () => server.kill(),
    start: () => server.start(),
    forget: async () => {
      for (const key of await server.ask<string[]>('KEYS', '*:lock')) await server.ask('DEL', key);
    },
    remove: () => server.remove(),
  };
}
