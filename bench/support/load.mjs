import { percentile } from './statistics.mjs';

/**
 * So many callers, each of which does one after another, for about as long.
 *
 * @param action is told how many have been begun before it
 * @returns how many a second, and how long each took in milliseconds
 */
export async function load(callers, action, milliseconds = 1000) {
  const times = [];
  let begun = 0;
  const startedAt = performance.now();
  const end = startedAt + milliseconds;
  const call = async () => {
    for (let at = performance.now(); at < end;) {
      await action(begun++);
      const now = performance.now();
      times.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return {
    perSecond: (times.length / (performance.now() - startedAt)) * 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}

export const pluck = (measured, key) => measured.map((value) => value[key]);
