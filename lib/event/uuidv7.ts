import { randomFillSync } from 'node:crypto';

const COUNTER_MAX = 0xfff;
/** A counter begins in the lower half of its range, which leaves room to count. */
const COUNTER_SEED_MAX = 0x7ff;

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const HYPHEN = 0x2d;
const VERSION = 0x37;

/** Random bytes for many ids: asking for them costs far more than what is asked for. */
const pool = Buffer.alloc(4096);
let poolOffset = pool.length;

let lastTime = 0;
/** Its twelve digits: they stay the same for many ids. */
let time = Buffer.alloc(12);
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
  if (poolOffset + 8 > pool.length) refill();
  const at = poolOffset;
  poolOffset += 8;
  // At once: to put text together of parts costs more than to make the parts.
  return String.fromCharCode(
    time[0]!,
    time[1]!,
    time[2]!,
    time[3]!,
    time[4]!,
    time[5]!,
    time[6]!,
    time[7]!,
    HYPHEN,
    time[8]!,
    time[9]!,
    time[10]!,
    time[11]!,
    HYPHEN,
    VERSION,
    high(counter >> 4),
    low(counter >> 4),
    low(counter),
    HYPHEN,
    // The variant, in the two highest of the random bits.
    high(0x80 | (pool[at]! & 0x3f)),
    low(pool[at]!),
    high(pool[at + 1]!),
    low(pool[at + 1]!),
    HYPHEN,
    high(pool[at + 2]!),
    low(pool[at + 2]!),
    high(pool[at + 3]!),
    low(pool[at + 3]!),
    high(pool[at + 4]!),
    low(pool[at + 4]!),
    high(pool[at + 5]!),
    low(pool[at + 5]!),
    high(pool[at + 6]!),
    low(pool[at + 6]!),
    high(pool[at + 7]!),
    low(pool[at + 7]!),
  );
}

function high(byte: number): number {
  return DIGITS[byte >> 4]!;
}

function low(byte: number): number {
  return DIGITS[byte & 0xf]!;
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
}

function startMillisecond(now: number): void {
  lastTime = now;
  time = Buffer.from(now.toString(16).padStart(12, '0'), 'latin1');
  if (poolOffset + 2 > pool.length) refill();
  counter = pool.readUInt16BE(poolOffset) & COUNTER_SEED_MAX;
  poolOffset += 2;
}

function refill(): void {
  randomFillSync(pool);
  poolOffset = 0;
}
