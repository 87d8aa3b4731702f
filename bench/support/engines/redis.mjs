import { Redis } from 'ioredis';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { defer } from '../clean-up.mjs';
import { PlainBullMq } from './plain-bullmq.mjs';

export const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** A Redis server, with keys for this library and keys for BullMQ itself. */
export async function openRedis() {
  const prefixes = { ours: `{bench_ours_${process.pid}}`, plain: `{bench_plain_${process.pid}}` };
  defer(() => unlinkAll(Object.values(prefixes)));
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  // Who still adds something is refused from then on.
  defer(() => redis.quit());
  const plain = new PlainBullMq(redis, url, prefixes.plain);
  defer(() => plain.close());
  return {
    name: 'Redis',
    packages: ['bullmq', 'ioredis'],
    creator: new BullMqWorkerCreator({ connection: url, prefix: prefixes.ours }),
    plain,
    notes: [await describeServer(redis)],
    isSettled: async (side, queue) => (await redis.llen(`${prefixes[side]}:${queue}:active`)) === 0,
    // What says that there is a queue is not of the deliveries.
    clear: (side) => unlink(redis, prefixes[side], (key) => !/:(?:event-drivers|meta)$/.test(key)),
  };
}

async function describeServer(redis) {
  const info = await redis.info();
  const read = (name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '?';
  return `Redis ${read('redis_version')}, ${read('aof_enabled') === '1' ? 'with' : 'without'} an append-only file`;
}

async function unlinkAll(prefixes) {
  const redis = new Redis(url);
  for (const prefix of prefixes) await unlink(redis, prefix, () => true);
  await redis.quit();
}

async function unlink(redis, prefix, isMeant) {
  for await (const found of redis.scanStream({ match: `${prefix}:*`, count: 5000 })) {
    const keys = found.filter(isMeant);
    if (keys.length > 0) await redis.unlink(...keys);
  }
}
