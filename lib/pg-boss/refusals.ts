import { UnsupportedOptionError } from '../errors/index.js';
import { WITHOUT_RATE_LIMITS } from '../queue/rate-limit.js';

/** pg-boss bounds how many run at a time, and has nothing that counts them over a time. */
export function toNoRateLimits(store: string): UnsupportedOptionError {
  return new UnsupportedOptionError(store, 'rateLimit', `pg-boss has no rate limits; ${WITHOUT_RATE_LIMITS}`);
}
