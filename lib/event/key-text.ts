import { inspect } from 'node:util';

/** Stores keep keys in an index, which does not take any length. */
const MAX_LENGTH = 255;

/** What text that tells one thing from another must be to be stored. */
export const KEY_TEXT = `a non-empty string of at most ${MAX_LENGTH} characters, without NUL or half a surrogate pair`;

export function isKeyText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= MAX_LENGTH &&
    !value.includes('\0') &&
    value.isWellFormed()
  );
}

/** What was given in its place, in a few words. */
export function describeNoKey(value: unknown): string {
  if (typeof value !== 'string' || value.length <= MAX_LENGTH) return inspect(value, { depth: 0 });
  return `one of ${value.length} characters; pass a hash of it`;
}
