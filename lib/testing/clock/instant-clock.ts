import { Clock, type ClockTimer } from '../../index.js';
import { SYSTEM_CLOCK } from '../../driver/clock.js';

/** A time in which a wait between attempts is over at once. What limits how long work may take still takes its time. */
export class InstantClock extends Clock {
  /** What was not waited for. */
  private skipped = 0;

  now(): number {
    return SYSTEM_CLOCK.now() + this.skipped;
  }

  setTimer(callback: () => void, milliseconds: number): ClockTimer {
    return SYSTEM_CLOCK.setTimer(callback, milliseconds);
  }

  clearTimer(timer: ClockTimer): void {
    SYSTEM_CLOCK.clearTimer(timer);
  }

  override async sleep(milliseconds: number): Promise<void> {
    this.skipped += Math.max(milliseconds, 0);
  }
}
