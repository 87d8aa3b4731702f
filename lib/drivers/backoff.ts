import {
  callback,
  flag,
  milliseconds,
  MAX_TIMER_MS,
  oneOf,
  type OptionRule,
  wholeNumber,
} from '../utils/option-rules.js';

/** How long to wait between attempts. */
export interface BackoffOptions {
  /**
   * How often to try at most, the first attempt included.
   *
   * @defaultValue 3
   */
  maxRetries?: number;

  /**
   * The wait after the first failed attempt, in milliseconds; the later ones follow from `backoff`.
   *
   * @defaultValue 1000
   */
  delayMs?: number;

  /**
   * How the wait grows: `'linear'` (1, 2, 3, ... times `delayMs`), `'exponential'` (1, 2, 4, ...
   * times) or `'fixed'`.
   *
   * @defaultValue 'linear'
   */
  backoff?: 'linear' | 'exponential' | 'fixed';

  /**
   * Shortens each wait at random, to between half and all of it, so that what failed together does
   * not come back together.
   *
   * @defaultValue false
   */
  jitter?: boolean;

  /**
   * The longest wait, in milliseconds.
   *
   * @defaultValue 2147483647, the longest that a timer can be
   */
  maxDelayMs?: number;

  /**
   * Whether an error is worth another attempt. An `UnrecoverableError` never is.
   *
   * @defaultValue every error is
   */
  retryIf?: (error: unknown) => boolean;
}

export const DEFAULT_MAX_RETRIES = 3;

const DEFAULT_DELAY_MS = 1000;

export const BACKOFF_RULES: Readonly<Record<keyof BackoffOptions, OptionRule>> = {
  maxRetries: wholeNumber(1),
  delayMs: milliseconds(),
  backoff: oneOf('linear', 'exponential', 'fixed'),
  jitter: flag,
  maxDelayMs: milliseconds(),
  retryIf: callback,
};

/** The wait after the nth failed attempt (from 1), in milliseconds. */
export function getBackoffDelay(attempt: number, options: BackoffOptions, random = Math.random): number {
  const { delayMs = DEFAULT_DELAY_MS, backoff = 'linear', maxDelayMs = MAX_TIMER_MS } = options;
  const delay = Math.min(delayMs * GROWTH[backoff](attempt), maxDelayMs);
  return options.jitter ? delay / 2 + (random() * delay) / 2 : delay;
}

const GROWTH: Readonly<Record<NonNullable<BackoffOptions['backoff']>, (attempt: number) => number>> = {
  linear: (attempt) => attempt,
  // An exponent without a bound gives Infinity, and NaN times a delay of 0.
  exponential: (attempt) => 2 ** Math.min(attempt - 1, 52),
  fixed: () => 1,
};
