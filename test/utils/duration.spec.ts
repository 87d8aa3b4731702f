import { PostponeError, UnrecoverableError } from 'nestjs-event-drivers';
import { duration, parseDuration } from '../../lib/utils/duration.js';

it.each([
  [250, 250],
  [0, 0],
  ['250ms', 250],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
])('A time of %p is %p milliseconds', (value, milliseconds) => {
  expect(parseDuration(value)).toBe(milliseconds);
});

it.each([[-1], [NaN], [Infinity], [1e308], ['5'], ['5 m'], ['-5m'], ['m'], [''], [null], [undefined], [{}]])(
  'There is no time of %p',
  (value) => {
    expect(parseDuration(value)).toBeUndefined();
    expect(duration()(value)).toMatch(/a number of milliseconds or a time such as '30s'/);
  },
);

it('A time may have to be a certain one at least', () => {
  expect(duration(10_000)('10s')).toBeUndefined();
  expect(duration(10_000)('9s')).toMatch(/from 10000/);
});

it('A time may have to be a certain one at most', () => {
  expect(duration(1, 86_340_000)('1439m')).toBeUndefined();
  expect(duration(1, 86_340_000)('1d')).toMatch(/or a time such as '30s', '5m', '2h', at most '1439m'$/);
  expect(duration()('36501d')).toMatch(/at most '36500d'$/);
});

it('A PostponeError says for how long, and refuses what is no time', () => {
  const error = new PostponeError('5m', 'the shop is closed');
  expect(error).toMatchObject({ delayMs: 300_000, message: 'Postponed by 5m: the shop is closed' });
  expect(PostponeError.isInstance(error)).toBe(true);
  expect(PostponeError.isInstance(new UnrecoverableError('no'))).toBe(false);
  expect(() => new PostponeError('soon' as never)).toThrow(
    /delay must be a number of milliseconds.*not soon/,
  );
});
