import { InvalidOptionsError, UnsupportedOptionError } from '../errors/index.js';
import { WITHOUT_RATE_LIMITS } from '../queue/rate-limit.js';

/** pg-boss bounds how many run at a time, and has nothing that counts them over a time. */
export function toNoRateLimits(store: string): UnsupportedOptionError {
  return new UnsupportedOptionError(store, 'rateLimit', `pg-boss has no rate limits; ${WITHOUT_RATE_LIMITS}`);
}

/** A clock that a test moves has no hold of a server. */
export function toFixedTime(store: string): InvalidOptionsError {
  return new InvalidOptionsError(store, [
    `the time of a server cannot be moved. In a test whose clock moves, use the embedded database, ` +
      `PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } }), or InMemoryWorkerCreator of ` +
      `'nestjs-event-drivers/testing'`,
  ]);
}
