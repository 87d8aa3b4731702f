import { RetryExhaustedError } from 'nestjs-event-drivers';

/** The message holds the description of the cause. */
const describe = (thrown: unknown): string =>
  new RetryExhaustedError('x', 2, thrown).message.replace('Event failed after 2 attempts: ', '');

it.each([
  [new Error('broken'), 'broken'],
  [new TypeError(), 'TypeError'],
  ['a string', 'a string'],
  [undefined, 'undefined'],
  [null, 'null'],
  [{ code: 7 }, '{ code: 7 }'],
  [{ message: 7 }, '{ message: 7 }'],
  [new Error('two\r\nlines\u2028and \u001b[31mcolours\u0000'), 'two lines and  [31mcolours '],
  [Object.defineProperty({}, 'message', { get: () => { throw new Error(); } }), 'a value that cannot be read'], // prettier-ignore
  [new Proxy({}, { has: () => { throw new Error(); } }), 'a value that cannot be read'], // prettier-ignore
])('whatever was thrown is described in one line: %#', (thrown, expected) => {
  expect(describe(thrown)).toBe(expected);
});

it('whatever was thrown is described in so many characters at most, and no half of one', () => {
  const description = describe(new Error('\u{1f40d}'.repeat(2_500_000)));
  expect(description).toHaveLength(4095);
  expect(description.isWellFormed()).toBe(true);
  expect(description.endsWith('\u{1f40d}…')).toBe(true);
});
