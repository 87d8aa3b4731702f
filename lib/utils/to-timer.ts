import { MAX_TIMER_MS } from './option-rules.js';

/** A time that Node's timers take: of any other they warn, and fire at once. */
export function toTimer(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 0), MAX_TIMER_MS);
}
