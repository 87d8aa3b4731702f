import { getBackoffDelay } from '../../lib/drivers/backoff.js';

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

it('is between half and all of itself with jitter', () => {
  const options = { delayMs: 100, jitter: true };
  expect(getBackoffDelay(1, options, () => 0)).toBe(50);
  expect(getBackoffDelay(1, options, () => 1 - Number.EPSILON)).toBeCloseTo(100, 6);
});
