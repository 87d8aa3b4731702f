import { toTimer } from '../utils/to-timer.js';

/** Wakes one who waits for something to happen, or for a time to pass. */
export class WorkSignal {
  private isRaised = false;
  private wakeUp: (() => void) | undefined;

  /** Ends a wait, or the next one if nobody waits. */
  raise(): void {
    this.isRaised = true;
    this.wakeUp?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.isRaised) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, toTimer(milliseconds));
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = undefined;
    }
    this.isRaised = false;
  }
}
