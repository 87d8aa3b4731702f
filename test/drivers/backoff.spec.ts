import { type BackoffOptions, getBackoffDelay } from '../../lib/drivers/backoff.js';

const MAX_TIMER_MS = 2 ** 31 - 1;
const KINDS = ['linear', 'exponential', 'fixed'] as const;

/** Numbers that look random and are the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Options as users may give them, among them the extremes of what is allowed. */
function manyOptions(): BackoffOptions[] {
  const random = randomNumbers(42);
  const milliseconds = (): number => [0, 0.5, 1, MAX_TIMER_MS, random() * 100_000][Math.floor(random() * 5)]!;
  return Array.from({ length: 500 }, (_, index) => ({
    delayMs: milliseconds(),
    backoff: KINDS[index % KINDS.length]!,
    ...(random() < 0.7 && { maxDelayMs: milliseconds() }),
  }));
}

const ATTEMPTS = [1, 2, 3, 4, 5, 10, 31, 32, 52, 53, 54, 100, 1000, 1075, 10_000, 1_000_000];

it('waits a second, then two, then three, unless told otherwise', () => {
  expect([1, 2, 3].map((attempt) => getBackoffDelay(attempt, {}))).toEqual([1000, 2000, 3000]);
});

it.each([
  ['linear', [10, 20, 30, 40, 50]],
  ['exponential', [10, 20, 40, 80, 160]],
  ['fixed', [10, 10, 10, 10, 10]],
] as const)('grows %s', (backoff, expected) => {
  expect([1, 2, 3, 4, 5].map((attempt) => getBackoffDelay(attempt, { delayMs: 10, backoff }))).toEqual(
    expected,
  );
});

it('is a wait that a timer can have, whatever the options and however many attempts', () => {
  for (const options of manyOptions()) {
    for (const attempt of ATTEMPTS) {
      const delay = getBackoffDelay(attempt, options);
      expect(Number.isFinite(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(options.maxDelayMs ?? MAX_TIMER_MS);
    }
  }
});

it('never gets shorter from one attempt to the next', () => {
  for (const options of manyOptions()) {
    const delays = ATTEMPTS.map((attempt) => getBackoffDelay(attempt, options));
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  }
});

it('reaches its cap, if it grows and there is anything to grow from', () => {
  for (const options of manyOptions()) {
    if (options.backoff === 'fixed' || options.delayMs === 0) continue;
    expect(getBackoffDelay(1e10, { ...options, maxDelayMs: 1000 })).toBe(1000);
  }
});

it('stays zero if it begins with zero', () => {
  for (const backoff of KINDS) {
    for (const attempt of ATTEMPTS) expect(getBackoffDelay(attempt, { delayMs: 0, backoff })).toBe(0);
  }
});

it('is between half and all of itself with jitter, after the cap', () => {
  const random = randomNumbers(7);
  for (const options of manyOptions()) {
    for (const attempt of ATTEMPTS) {
      const full = getBackoffDelay(attempt, options);
      const delay = getBackoffDelay(attempt, { ...options, jitter: true }, random);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    }
  }
});

it('reaches both ends of that range', () => {
  const options = { delayMs: 100, jitter: true };
  expect(getBackoffDelay(1, options, () => 0)).toBe(50);
  expect(getBackoffDelay(1, options, () => 1 - Number.EPSILON)).toBeCloseTo(100, 6);
});
