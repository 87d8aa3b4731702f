// redis-keys.mjs check URL: whether a server answers; drop URL PREFIX: deletes the keys that begin with it.
import { Redis } from 'ioredis';

const [action, url, prefix] = process.argv.slice(2);
const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
redis.on('error', () => undefined);
try {
  await redis.connect();
  const keys = action === 'drop' ? await redis.keys(`${prefix}:*`) : [];
  if (keys.length > 0) await redis.unlink(keys);
} catch (error) {
  console.error(`Redis: ${error.message}`);
  process.exitCode = 1;
} finally {
  redis.disconnect();
}
