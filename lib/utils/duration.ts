import type { OptionRule } from './option-rules.js';

/** A time: a number of milliseconds, or a number with a unit, such as `'500ms'`, `'30s'`, `'5m'`, `'2h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A hundred years: what is longer is a mistake, and more than stores can hold. */
export const MAX_DURATION_MS = 100 * 365 * 86_400_000;

/** @returns milliseconds; `undefined` for what is no duration */
export function parseDuration(value: unknown): number | undefined {
  const milliseconds = typeof value === 'string' ? parseText(value) : value;
  return typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds <= MAX_DURATION_MS
    ? milliseconds
    : undefined;
}

function parseText(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!;
}

/** A {@link Duration} of at least, and at most, so many milliseconds. */
export const duration =
  (min = 0, max = MAX_DURATION_MS): OptionRule =>
  (value) => {
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return undefined;
    const from = min > 0 ? ` from ${min}` : '';
    const limit = `, at most '${formatDuration(max)}'`;
    return `a number of milliseconds${from} or a time such as '30s', '5m', '2h'${limit}`;
  };

/** In the largest unit that it is a whole number of. */
function formatDuration(milliseconds: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, each]) => milliseconds % each === 0) ?? ['ms', 1];
  return `${milliseconds / size}${unit}`;
}

/** The milliseconds of a duration that has been checked. */
export function toMilliseconds(value: Duration): number;
export function toMilliseconds(value: Duration | undefined): number | undefined;
export function toMilliseconds(value: Duration | undefined): number | undefined {
  return parseDuration(value);
}
