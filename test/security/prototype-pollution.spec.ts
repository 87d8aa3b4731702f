import * as fc from 'fast-check';
import { EventsError } from 'nestjs-event-drivers';
import { EventRegistry } from '../../lib/event/event.registry.js';
import { checkFilter } from '../../lib/operations/check-filter.js';
import { PayloadSerializer } from '../../lib/queue/payload/payload-serializer.js';
import { readStoredData } from '../../lib/queue/read-stored-data.js';
import { createRedactor } from '../../lib/drivers/redact.js';
import { DriverNames } from '../../lib/driver/driver.registry.js';
import { storable } from '../properties/support/payloads.js';
import { getSeed } from '../support/load.js';
import { createRandom } from '../support/random.js';

const ROUNDS = 10_000;
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  '__defineGetter__',
  'polluted',
  'toString',
  'a',
  'a.__proto__',
  '',
];
const TYPES = [
  'Date',
  'map',
  'set',
  'bigint',
  'URL',
  'undefined',
  'number',
  'class',
  'custom',
  'regexp',
  'Error',
  5,
  null,
];

/** What all objects inherit, and what all functions and lists do. */
function lookAtPrototypes(): unknown {
  return [Object.prototype, Array.prototype, Function.prototype, Map.prototype, String.prototype].map(
    (prototype) =>
      Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)]),
  );
}

/** JSON as somebody writes it who means ill: the keys that lead to a prototype are keys of its own. */
function hostileJson(random: () => number, depth = 4): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  if (depth === 0 || random() < 0.3) return JSON.stringify(pick([1, 'text', null, true, 'polluted', [], {}]));
  const length = Math.floor(random() * 4);
  if (random() < 0.3) return `[${Array.from({ length }, () => hostileJson(random, depth - 1)).join(',')}]`;
  const entries = Array.from(
    { length },
    () => `${JSON.stringify(pick(KEYS))}:${hostileJson(random, depth - 1)}`,
  );
  return `{${entries.join(',')}}`;
}

/** What a row says of the types of its payload, with paths that lead where they please. */
function hostileTypes(random: () => number, depth = 2): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const path = (): string => Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(KEYS)).join('.');
  const inner = (): unknown => (depth === 0 ? [pick(TYPES)] : hostileTypes(random, depth - 1));
  const children = (): unknown =>
    JSON.parse(`{${JSON.stringify(path())}:${JSON.stringify(inner())}}`) as unknown;
  return pick([
    () => [pick(TYPES)],
    () => [pick(TYPES), children()],
    children,
    () => [['class', 'Object']],
  ])();
}

/** Does it, and lets it be refused as it is meant to be. */
function attempt(what: () => unknown): boolean {
  try {
    what();
    return true;
  } catch (error) {
    if (EventsError.isInstance(error)) return false;
    throw error;
  }
}

it('Ten thousand payloads, rows and filters change nothing that all objects have', async () => {
  const random = createRandom('prototype pollution');
  const payloads = fc.sample(storable, { seed: getSeed(), numRuns: 1000 });
  const serializer = await PayloadSerializer.create();
  const redact = createRedactor(['a.__proto__', '__proto__.polluted', 'constructor.prototype']);
  const before = lookAtPrototypes();
  const counts = { taken: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const hostile: unknown = JSON.parse(hostileJson(random));
    const mixed = { hostile, fit: payloads[round % payloads.length] };
    const outcomes = [
      attempt(() => serializer.pack(hostile)),
      attempt(() => serializer.pack(mixed)),
      attempt(() => serializer.unpack(hostile, undefined)),
      attempt(() => serializer.unpack(hostile, hostileTypes(random))),
      attempt(() => readStoredData(hostile)),
      attempt(() => readStoredData({ event: 'a', headers: hostile })),
      attempt(() => checkFilter(hostile)),
    ];
    redact(hostile);
    for (const isTaken of outcomes) counts[isTaken ? 'taken' : 'refused']++;
    if (({} as { polluted?: unknown }).polluted !== undefined)
      throw new Error(`round ${round} of RELIABILITY_SEED=${getSeed()}`);
  }
  expect(lookAtPrototypes()).toEqual(before);
  // Neither is all of it refused, nor all taken.
  expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(ROUNDS);
});

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'])(
  'No registry has anything under %p that nobody has put there',
  (name) => {
    expect(new EventRegistry().get(name)).toBeUndefined();
    expect(new DriverNames([]).has(name)).toBe(false);
  },
);
