import { alternate, alternateSlices, mapValues } from './alternate.mjs';
import { mean } from './statistics.mjs';

const SLICES = 10;
const SLICE_NS = 4e6;
const TRIAL = 10_000;
/** Few enough that they fit into the young generation, so that nothing is collected in between. */
const COUNTED = 500;

/**
 * What the processor spends for each of n, in nanoseconds: in all threads, so that collecting the garbage is included,
 * and without the time in which it does the work of other processes.
 */
export async function costOf(contender, n) {
  const before = process.cpuUsage();
  await contender(n);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / n;
}

/**
 * The cost of each contender, a value for each round.
 *
 * @param contenders by name, functions that do it so many times, one after another
 * @param trial how often to do it before it is known how long it takes
 */
export async function compareCosts(contenders, rounds, trial = TRIAL) {
  const measures = {};
  for (const [name, contender] of Object.entries(contenders)) {
    await contender(trial);
    const n = Math.max(1, Math.round(SLICE_NS / (await costOf(contender, trial))));
    measures[name] = () => costOf(contender, n);
  }
  return alternateSlices(measures, { rounds, slices: SLICES, warmUp: 3, combine: mean });
}

/** How much each contender allocates, in bytes, a value for each round. */
export async function compareBytes(contenders, rounds) {
  return alternate(
    mapValues(contenders, (contender) => () => countBytes(contender)),
    { rounds },
  );
}

async function countBytes(contender) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await contender(COUNTED);
  return (process.memoryUsage().heapUsed - before) / COUNTED;
}

/** Throws where a contender does not call its listeners: it would be fast, and worth nothing. */
export async function checkCalls(contenders, callsEach, countCalls) {
  for (const [name, contender] of Object.entries(contenders)) {
    const before = countCalls();
    await contender(100);
    const calls = countCalls() - before;
    if (calls !== 100 * callsEach) throw new Error(`${name} made ${calls} calls, not ${100 * callsEach}`);
  }
}
