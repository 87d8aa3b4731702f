import { openPglite } from './pglite.mjs';
import { openPostgres } from './postgres.mjs';
import { openRedis } from './redis.mjs';

const OPENERS = { pglite: openPglite, postgres: openPostgres, redis: openRedis };

/** A server, or the embedded database, for this library and for its engine without it. All is removed in the end. */
export function openEngine(name, options) {
  return OPENERS[name](options);
}
