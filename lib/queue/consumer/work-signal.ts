import { toTimer } from '../../utils/to-timer.js';

/** Wakes one who waits for something to happen, or for a time to pass. */
export class WorkSignal {
  private isRaised = false;
  private wakeUp: (() => void) | undefined;
  private isOver = false;
  private asking: (() => void)[] = [];

  /** Ends a wait, or the next one if nobody waits. */
  raise(): void {
    this.isRaised = true;
    this.wakeUp?.();
  }

  /** Ends a wait, and resolves once there is another: then nothing is left to do. */
  async untilWaiting(): Promise<void> {
    if (this.isOver) return;
    await new Promise<void>((resolve) => {
      this.asking.push(resolve);
      this.raise();
    });
  }

  /** There will be no more waits. */
  end(): void {
    this.isOver = true;
    this.answer();
  }

  /** @returns whether it was woken before the time was over */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.isRaised) {
      this.answer();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, toTimer(milliseconds));
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = undefined;
    }
    const isWoken = this.isRaised;
    this.isRaised = false;
    return isWoken;
  }

  private answer(): void {
    for (const resolve of this.asking.splice(0)) resolve();
  }
}
