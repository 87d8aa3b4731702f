import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describeThrown } from '../../lib/errors/index.js';
import { describeNeeding } from './describe-needing.js';

/** The Redis server that tests use. */
export const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

const problem = await findProblem();

/** Declares tests that need Redis: skipped where there is none, which fails in continuous integration. */
export function describeRedis(title: string, body: () => void): void {
  describeNeeding('a Redis server', problem, title, body);
}

/** Keys that are nobody else's. */
export interface TestPrefix {
  readonly prefix: string;
  /** A connection to look into them past everything that is tested. */
  readonly redis: Redis;
  /** What is in all hashes whose keys match a pattern. */
  readonly readHashes: (pattern: string) => Promise<Record<string, string>[]>;
  /** Makes the processes of all deliveries that run look as if they had been dead for long. */
  readonly expireLocks: () => Promise<void>;
  readonly removeAll: () => Promise<void>;
}

/** Makes keys for one test or one store; to be removed by whoever made them. */
export function createPrefix(redis: Redis): TestPrefix {
  const prefix = `{test_${randomBytes(6).toString('hex')}}`;
  const remove = async (pattern: string): Promise<void> => {
    const found = new Set<string>();
    for await (const keys of scan(redis, pattern)) for (const key of keys) found.add(key);
    // All at once: who finds one of them gone may make it anew before the next one is.
    if (found.size > 0) await redis.unlink([...found]);
  };
  return {
    prefix,
    redis,
    readHashes: async (pattern) => {
      // What moves meanwhile may be told twice.
      const found = new Set<string>();
      for await (const keys of scan(redis, pattern, 'hash')) for (const key of keys) found.add(key);
      return Promise.all([...found].map((key) => redis.hgetall(key)));
    },
    expireLocks: () => remove(`${prefix}:*:lock`),
    removeAll: () => remove(`${prefix}:*`),
  };
}

async function* scan(redis: Redis, pattern: string, type?: string): AsyncGenerator<string[]> {
  for (let cursor = '0'; ;) {
    const [next, keys] = await (type === undefined
      ? redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000)
      : redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000, 'TYPE', type));
    if (keys.length > 0) yield keys;
    if ((cursor = next) === '0') return;
  }
}

/**
 * Removes the keys before each test of the enclosing block, too: what a killed process has left is no other test's, and
 * no later try's.
 */
export function usePrefixOfEach(): TestPrefix {
  const prefix = usePrefix();
  beforeEach(prefix.removeAll);
  return prefix;
}

/** Creates keys for the tests of the enclosing block, and removes them after it. */
export function usePrefix(): TestPrefix {
  const prefix = createPrefix(new Redis(REDIS_URL, { lazyConnect: true }));
  afterAll(async () => {
    await prefix.removeAll();
    await prefix.redis.quit();
  });
  return prefix;
}

async function findProblem(): Promise<string | undefined> {
  const redis = new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.quit();
    return undefined;
  } catch (error) {
    return `No Redis server answers at ${new URL(REDIS_URL).host}: ${describeThrown(error)}`;
  }
}
