import { createHash } from 'node:crypto';
import { getSeed } from './load.js';

/** Numbers from 0 to 1 that follow from the seed of the run and a name, so that what failed can be repeated. */
export function createRandom(name: string): () => number {
  let state = createHash('sha256').update(`${getSeed()} ${name}`).digest().readUInt32LE();
  // Mulberry32.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
