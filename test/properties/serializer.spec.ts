import * as fc from 'fast-check';
import { InvalidPayloadError, UnreadablePayloadError } from 'nestjs-event-drivers';
import { PayloadSerializer } from '../../lib/queue/payload/payload-serializer.js';
import { toPayloadPath } from '../../lib/utils/payload-path.js';
import { check } from '../support/property.js';
import { anything, isSame, storable, wrapped } from './support/payloads.js';
import { annotations, isAllowed, json } from './support/stored-json.js';
import { realize, unfit } from './support/unfit.js';

const RUNS = 500;

const serializer = await PayloadSerializer.create();

const prototypes = [Object, Array, Map, Set, Date, URL].map(({ prototype }) => prototype as object);
const properties = prototypes.map((prototype) => Reflect.ownKeys(prototype));

/** What was written to a prototype would be in every object from then on. */
afterEach(() => {
  expect(prototypes.map((prototype) => Reflect.ownKeys(prototype))).toEqual(properties);
});

interface Stored {
  readonly payload: unknown;
  readonly types?: unknown;
}

/** What a store keeps, which is text. */
function store(payload: unknown): Stored {
  const text = JSON.stringify(serializer.pack(payload));
  const stored = JSON.parse(text) as Stored;
  // Node 24 takes some keys with a backslash for those of another object (nodejs/node#63785).
  fc.pre(JSON.stringify(stored) === text);
  return stored;
}

function roundTrip(payload: unknown): unknown {
  const { payload: stored, types } = store(payload);
  return serializer.unpack(stored, types);
}

/** What a payload is refused with; `undefined` if it is not. */
function getRefusal(payload: unknown): InvalidPayloadError | undefined {
  try {
    serializer.pack(payload);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidPayloadError);
    return error as InvalidPayloadError;
  }
}

/** Reads what may have been written by anybody. @returns whether it could be read */
function read({ payload, types }: Stored): boolean {
  try {
    expect(isAllowed(serializer.unpack(payload, types))).toBe(true);
    return true;
  } catch (error) {
    if (!(error instanceof UnreadablePayloadError)) throw error;
    return false;
  }
}

describe('a payload that is packed, stored as text and unpacked', () => {
  it('is what it was, whatever it is made of', () =>
    check(
      fc.property(storable, (payload) => expect(isSame(payload, roundTrip(payload))).toBe(true)),
      RUNS,
    ));

  it('is what it was, or is refused with a place and a reason, whatever a program may pass', () =>
    check(
      fc.property(anything, (recipe) => {
        const payload = realize(recipe);
        const refusal = getRefusal(payload);
        if (refusal === undefined) {
          expect(isSame(payload, roundTrip(payload))).toBe(true);
        } else {
          expect(refusal.path).toMatch(/^payload/);
          expect(refusal.reason).not.toBe('');
        }
      }),
      RUNS,
    ));

  it('is held against enough of both', () => {
    const refused = fc.sample(anything, RUNS).filter((recipe) => getRefusal(realize(recipe)) !== undefined);
    expect(refused.length / RUNS).toBeGreaterThan(0.2);
    expect(refused.length / RUNS).toBeLessThan(0.95);
  });

  it('is refused with the place of what is unfit, wherever among what is fit that is', () =>
    check(
      fc.property(wrapped(unfit), ({ payload, path }) => {
        expect(getRefusal(realize(payload))?.path.startsWith(toPayloadPath(path))).toBe(true);
      }),
      RUNS,
    ));
});

describe('what is stored as a payload', () => {
  const written = fc.record({ payload: json, types: annotations }, { requiredKeys: ['payload'] });

  it('reaches no prototype and makes nothing but what it may, whatever is written in it by hand', () =>
    check(
      fc.property(written, (stored) => {
        read(stored);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      RUNS * 4,
    ));

  it('is read often enough in spite of that', () => {
    expect(fc.sample(written, RUNS).filter(read).length / RUNS).toBeGreaterThan(0.05);
  });

  it('is given back or refused, and nothing else, if its annotations belong to another payload', () =>
    check(
      fc.property(storable, storable, (mine, other) => {
        read({ payload: store(mine).payload, types: store(other).types });
      }),
      RUNS,
    ));
});
