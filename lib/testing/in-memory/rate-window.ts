import type { RateLimit } from '../../queue/rate-limit.js';

/** Counts what begins of a queue, in one window of time after another. */
export class RateWindow {
  /** Until when no more may begin, in milliseconds since 1970. */
  closedUntil = -Infinity;
  private endsAt = -Infinity;
  private begun = 0;

  /** Another one begins. The first opens a window, and the last that may begin in it closes it. */
  count(now: number, { max, durationMs }: RateLimit): void {
    if (now >= this.endsAt) {
      this.endsAt = now + durationMs;
      this.begun = 0;
    }
    if (++this.begun >= max) this.closedUntil = this.endsAt;
  }
}
