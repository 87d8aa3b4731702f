import { duration, type Duration, toMilliseconds } from '../utils/duration.js';
import { checkOptions, type OptionRule, wholeNumber } from '../utils/option-rules.js';

/** How many deliveries of a queue may begin in a time. */
export interface RateLimitOptions {
  /** How many begin at most; each attempt counts. */
  max: number;
  /** In which time: a millisecond at least, and 30 days at most. */
  per: Duration;
}

/** A {@link RateLimitOptions} as engines have it. */
export interface RateLimit {
  readonly max: number;
  /** How long after the first of them more may begin, in whole milliseconds. */
  readonly durationMs: number;
}

const MAX_WINDOW_MS = 30 * 86_400_000;

const RULES: Readonly<Record<keyof RateLimitOptions, OptionRule>> = {
  max: wholeNumber(1),
  per: duration(1, MAX_WINDOW_MS),
};

export function checkRateLimit(options: unknown): string[] {
  return options === undefined ? [] : checkOptions(options, RULES, ['max', 'per'], 'rateLimit');
}

export function resolveRateLimit(options: RateLimitOptions | undefined): RateLimit | undefined {
  // Servers count whole milliseconds, and the limit is not to be exceeded.
  return options && { max: options.max, durationMs: Math.ceil(toMilliseconds(options.per)) };
}

/** What to do where an engine has no rate limits. */
export const WITHOUT_RATE_LIMITS =
  `leave it out (concurrency bounds how many run at a time), or queue on Redis with BullMqWorkerCreator, which has ` +
  `rate limits`;
