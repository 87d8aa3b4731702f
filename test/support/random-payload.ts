/** Numbers that follow from a seed, so that what failed can be repeated (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KEYS = [
  '',
  'a',
  'b.c',
  '\\',
  'x\\.y',
  '0',
  '1.0',
  'ключ',
  '😀',
  'toString',
  'length',
  'key',
  "it's",
  ' ',
];
const TEXTS = [
  '',
  'text',
  'zażółć',
  '😀😀',
  '\\d',
  'undefined',
  '2026-01-01T00:00:00.000Z',
  '-0',
  '\n\t\u0001',
];
const NUMBERS = [0, -0, 1, -1, 0.1, 1e308, 5e-324, Number.MAX_SAFE_INTEGER, 2 ** 60];

/** Any payload that can be stored. */
export function randomPayload(random: () => number, depth = 4): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const list = <T>(make: () => T): T[] => Array.from({ length: Math.floor(random() * 4) }, make);
  const inner = () => randomPayload(random, depth - 1);
  const leaves: (() => unknown)[] = [
    () => pick(TEXTS),
    () => pick(NUMBERS),
    () => random() < 0.5,
    () => null,
    () => undefined,
    () => new Date(Math.floor((random() - 0.5) * 1e13)),
    () => BigInt(Math.floor(random() * 1e15)) * (random() < 0.5 ? -1n : 10n ** 20n),
    () => new URL(`https://example.com/${Math.floor(random() * 1000)}?q=a%20b#c`),
  ];
  const containers: (() => unknown)[] = [
    () => list(inner),
    () => new Set(list(inner)),
    () => new Map(list(() => [inner(), inner()] as const)),
    () => Object.fromEntries(list(() => [pick(KEYS), inner()])),
  ];
  return pick(depth > 0 && random() < 0.6 ? containers : leaves)();
}
