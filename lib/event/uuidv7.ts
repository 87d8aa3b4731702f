import { randomFillSync } from 'node:crypto';

const COUNTER_MAX = 0xfff;
/** A counter begins in the lower half of its range, which leaves room to count. */
const COUNTER_SEED_MAX = 0x7ff;

const HEX = Buffer.from('0123456789abcdef', 'latin1');
/** What stays the same from one id to the next stays where it is. */
const text = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1');
const RANDOM_POSITIONS = [19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35] as const;

/** Random bytes for many ids: asking for them costs far more than what is asked for. */
const pool = Buffer.alloc(4096);
let poolOffset = pool.length;

let lastTime = 0;
let counter = 0;

/**
 * A UUIDv7 (RFC 9562): 48 bits of Unix time in milliseconds, 12 bits of a counter, 62 random bits. Ids
 * that one process makes later sort later, also within a millisecond and after the clock was set back;
 * what is stored under them stays in order, and indexes stay compact.
 *
 * Node's own `crypto.randomUUIDv7()` is missing in part of the supported range.
 */
export function uuidv7(): string {
  advance();
  if (poolOffset + RANDOM_POSITIONS.length / 2 > pool.length) refill();
  for (let index = 0; index < RANDOM_POSITIONS.length; index += 2) {
    const byte = pool[poolOffset++]!;
    text[RANDOM_POSITIONS[index]!] = HEX[byte >> 4]!;
    text[RANDOM_POSITIONS[index + 1]!] = HEX[byte & 0xf]!;
  }
  // The variant, in the two highest of the random bits.
  text[19] = HEX[0x8 | (pool[poolOffset - 8]! >> 6)]!;
  return text.toString('latin1');
}

function advance(): void {
  const now = Date.now();
  if (now > lastTime) {
    startMillisecond(now);
  } else if (counter === COUNTER_MAX) {
    // More than fit into a millisecond, or the clock was set back: time goes on by itself.
    startMillisecond(lastTime + 1);
  } else {
    counter++;
  }
  write(15, 3, counter);
}

function startMillisecond(time: number): void {
  lastTime = time;
  if (poolOffset + 2 > pool.length) refill();
  counter = pool.readUInt16BE(poolOffset) & COUNTER_SEED_MAX;
  poolOffset += 2;
  write(0, 8, Math.floor(time / 0x10000));
  write(9, 4, time % 0x10000);
}

function write(position: number, digits: number, value: number): void {
  let rest = value;
  for (let index = position + digits - 1; index >= position; index--) {
    text[index] = HEX[rest % 16]!;
    rest = Math.floor(rest / 16);
  }
}

function refill(): void {
  randomFillSync(pool);
  poolOffset = 0;
}
