import * as fc from 'fast-check';
import { type BackoffOptions, getBackoffDelay } from '../../lib/drivers/backoff.js';
import { MAX_TIMER_MS } from '../../lib/utils/option-rules.js';
import { RetryDriver } from '../../lib/drivers/retry.driver.js';
import { check } from '../support/property.js';

const RUNS = 1000;

/** From a nanosecond on: below what a number can tell from zero, half of it may be more than half. */
const milliseconds = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }),
  fc.double({ min: 1e-6, max: MAX_TIMER_MS, noNaN: true }),
  fc.constantFrom(0, 0.5, 1, MAX_TIMER_MS),
);

/** All that a driver accepts. */
const options: fc.Arbitrary<BackoffOptions> = fc.record(
  {
    delayMs: milliseconds,
    backoff: fc.constantFrom('linear', 'exponential', 'fixed'),
    maxDelayMs: milliseconds,
  },
  { requiredKeys: [] },
);

/** With those beyond which a power of two is no longer exact, or no longer finite. */
const attempt = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.constantFrom(1, 31, 32, 52, 53, 54, 1023, 1024, 1025, 1074, 1075, 1_000_000),
);

const JUST_BELOW_ONE = 1 - Number.EPSILON / 2;

/** What a source of random numbers may say, above all at its ends. */
const random = fc.oneof(
  fc.constantFrom(0, JUST_BELOW_ONE),
  fc.double({ min: 0, max: JUST_BELOW_ONE, noNaN: true }),
);

it('is asked for with options that a driver accepts', () =>
  check(fc.property(options, (given) => RetryDriver.validateOptions(given).length === 0)));

it('is a time that a timer can wait, and not above its cap, with jitter or without', () =>
  check(
    fc.property(options, attempt, fc.boolean(), random, (given, nth, jitter, next) => {
      const delay = getBackoffDelay(nth, { ...given, jitter }, () => next);
      expect(Number.isFinite(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(given.maxDelayMs ?? MAX_TIMER_MS);
    }),
    RUNS,
  ));

it('never gets shorter from one attempt to a later one, without jitter', () =>
  check(
    fc.property(options, attempt, attempt, (given, one, other) => {
      const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
      expect(getBackoffDelay(later, given)).toBeGreaterThanOrEqual(getBackoffDelay(earlier, given));
    }),
    RUNS,
  ));

it('grows as it says until it reaches its cap', () =>
  check(
    fc.property(options, fc.integer({ min: 1, max: 52 }), (given, nth) => {
      const { delayMs = 1000, backoff = 'linear', maxDelayMs = MAX_TIMER_MS } = given;
      const delay = getBackoffDelay(nth, given);
      const next = { fixed: delay, exponential: delay * 2, linear: delayMs * (nth + 1) }[backoff];
      expect(getBackoffDelay(nth + 1, given)).toBe(Math.min(next, maxDelayMs));
    }),
    RUNS,
  ));

it('begins with the delay that is asked for, or with its cap', () =>
  check(
    fc.property(options, (given) => {
      const { delayMs = 1000, maxDelayMs = MAX_TIMER_MS } = given;
      expect(getBackoffDelay(1, given)).toBe(Math.min(delayMs, maxDelayMs));
    }),
    RUNS,
  ));

it('reaches its cap, if it grows and there is anything to grow from', () =>
  check(
    fc.property(fc.constantFrom('linear', 'exponential'), fc.integer({ min: 1, max: 1000 }), (backoff, ms) =>
      expect(getBackoffDelay(1_000_000, { backoff, delayMs: ms, maxDelayMs: 1000 })).toBe(1000),
    ),
  ));

it('stays zero if it begins with zero', () =>
  check(
    fc.property(options, attempt, (given, nth) => {
      expect(getBackoffDelay(nth, { ...given, delayMs: 0 })).toBe(0);
    }),
  ));

it('is between half and all of itself with jitter, and reaches both ends', () =>
  check(
    fc.property(options, attempt, random, (given, nth, next) => {
      const full = getBackoffDelay(nth, given);
      const withJitter = (value: number): number =>
        getBackoffDelay(nth, { ...given, jitter: true }, () => value);
      expect(withJitter(next)).toBeGreaterThanOrEqual(full / 2);
      expect(withJitter(next)).toBeLessThanOrEqual(full);
      expect(withJitter(0)).toBe(full / 2);
      expect(withJitter(JUST_BELOW_ONE)).toBeGreaterThanOrEqual(full * (1 - 2 * Number.EPSILON));
    }),
    RUNS,
  ));
