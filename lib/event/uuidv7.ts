import { randomFillSync } from 'node:crypto';

const COUNTER_MAX = 0xfff;
/** A counter begins in the lower half of its range, which leaves room to count. */
const COUNTER_SEED_MAX = 0x7ff;

/** What a counter looks like, once it has been written: all of them would be written for a process that makes no id. */
const COUNTERS = Array.from<string | undefined>({ length: COUNTER_MAX + 1 });

const RANDOM_BYTES = 10;

/** Random bytes for many milliseconds: asking for them costs far more than what is asked for. */
const pool = Buffer.alloc(400 * RANDOM_BYTES);
let poolOffset = pool.length;

let lastTime = 0;
let counter = 0;
/** What the ids of a millisecond have before and after their counter. */
let head = '';
let tail = '';

/**
 * A UUIDv7 (RFC 9562): 48 bits of Unix time in milliseconds, 12 bits of a counter, and 62 bits that are random in
 * each millisecond. Ids that one process makes later sort later, also within a millisecond and after the clock was set
 * back; what is stored under them stays in order, and indexes stay compact.
 *
 * Node's own `crypto.randomUUIDv7()` is missing in part of the supported range.
 *
 * @param now the time, where somebody has looked at the clock already: to look costs more than all the rest
 */
export function uuidv7(now = Date.now()): string {
  if (now > lastTime) {
    startMillisecond(now);
  } else if (counter === COUNTER_MAX) {
    // More than fit into a millisecond, or the clock was set back: time goes on by itself.
    startMillisecond(lastTime + 1);
  } else {
    counter++;
  }
  return head + (COUNTERS[counter] ??= toHex(counter, 3)) + tail;
}

const TIME = /^([\da-f]{8})-([\da-f]{4})-7/;

/** The time in a UUIDv7, in milliseconds; `undefined` if it is none. */
export function readTime(id: string): number | undefined {
  const time = TIME.exec(id);
  return time === null ? undefined : Number.parseInt(time[1]! + time[2]!, 16);
}

function startMillisecond(now: number): void {
  lastTime = now;
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  counter = pool.readUInt16BE(poolOffset) & COUNTER_SEED_MAX;
  // The variant is in the two highest of the random bits.
  const variant = 0x8000 | (pool.readUInt16BE(poolOffset + 2) & 0x3fff);
  const node = pool.readUIntBE(poolOffset + 4, 6);
  poolOffset += RANDOM_BYTES;
  const time = toHex(now, 12);
  head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  tail = `-${toHex(variant, 4)}-${toHex(node, 12)}`;
}

function toHex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
