/** Options of a dispatch that no driver takes, and what the `InvalidOptionsError` says of them. */
export type RefusedDispatchOptions = readonly [options: unknown, message: RegExp];

const DURATION = /must be a number of milliseconds.* or a time such as '30s'/;
const KEY = /must be a non-empty string of at most 255 characters, without NUL or half a surrogate pair/;

// prettier-ignore
export const REFUSED_DISPATCH_OPTIONS: readonly RefusedDispatchOptions[] = [
  ...[-1, NaN, 1e308, Infinity, '5', '-5s', '5 s', '1e3ms', 'soon', {}, [1]].map((delay) => [{ delay }, DURATION] as const),
  ...[0, -1, '1d', '5'].map((expireIn) => [{ expireIn }, DURATION] as const),
  ...[-1, NaN, 1.5, 1e308, '3', 2 ** 40].map((retries) => [{ retries }, /retries must be a whole number from 0/] as const),
  ...[NaN, 1.5, 1e308, '3', 2 ** 31].map((priority) => [{ priority }, /priority must be a whole number/] as const),
  ...['', ' ', 'a\0', '\ud800', 'x'.repeat(256), 5, {}].flatMap((key) => [
    [{ group: key }, KEY] as const,
    [{ orderingKey: key }, KEY] as const,
    [{ idempotencyKey: key }, KEY] as const,
  ]),
  [{ at: new Date(NaN) }, /at must be a valid Date of the years 1 to 9999/],
  [{ at: '2026-01-01' }, /at must be a valid Date/],
  [{ at: new Date(), delay: 1 }, /at and delay exclude one another/],
  [{ queue: '' }, /queue must be a non-empty string/],
  [{ dealy: 5 }, /'dealy' is no option; there are driver, delay/],
  [{ afterCommit: 5 }, /afterCommit must be true, false or the name of a driver/],
];
