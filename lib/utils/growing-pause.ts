/**
 * How long to wait, in milliseconds, before what has failed is tried again: each time twice as long, and not all
 * processes at once when a server is back.
 *
 * @param failures how many times it has been tried again already
 * @param firstMs how long to wait at first
 */
export function growingPause(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** failures, longestMs) * (0.5 + Math.random() / 2);
}
