import { jest } from '@jest/globals';
import { uuidv7 } from '../../lib/event/uuidv7.js';

const FORMAT = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

function expectSorted(ids: readonly string[]): void {
  for (const [index, id] of ids.entries()) {
    if (index > 0 && !(id > ids[index - 1]!)) throw new Error(`${id} is not after ${ids[index - 1]}`);
  }
}

afterEach(() => {
  jest.useRealTimers();
});

it('ids are UUIDv7, differ, and sort as they were made', () => {
  const ids = Array.from({ length: 100_000 }, uuidv7);
  expect(ids.filter((id) => !FORMAT.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expectSorted(ids);
});

it('ids sort as they were made also within a millisecond that has more than it can count', () => {
  const now = Date.now() + 60_000;
  jest.useFakeTimers({ now });
  const ids = Array.from({ length: 10_000 }, uuidv7);
  expect(timeOf(ids[0]!)).toBe(now);
  expectSorted(ids);
  // From 2,049 to 4,096 ids to a millisecond.
  expect(timeOf(ids.at(-1)!) - now).toBeGreaterThanOrEqual(2);
  expect(timeOf(ids.at(-1)!) - now).toBeLessThanOrEqual(5);
});

it('ids sort as they were made also after the clock was set back', () => {
  jest.useFakeTimers({ now: Date.now() + 120_000 });
  const before = uuidv7();
  jest.setSystemTime(Date.now() - 3_600_000);
  const after = uuidv7();
  expectSorted([before, after]);
  expect(timeOf(after)).toBe(timeOf(before));
});

it('ids differ in 62 bits by chance, and begin to count anywhere in the lower half', () => {
  const start = Date.now() + 240_000;
  jest.useFakeTimers({ now: start });
  const ids = Array.from({ length: 2000 }, (_, index) => {
    jest.setSystemTime(start + index);
    return uuidv7().replaceAll('-', '');
  });
  for (let digit = 17; digit < 32; digit++) {
    expect(new Set(ids.map((id) => id[digit])).size).toBe(16);
  }
  expect(new Set(ids.map((id) => id[16]))).toEqual(new Set('89ab'));
  expect(new Set(ids.map((id) => id[13]))).toEqual(new Set('01234567'));
});
