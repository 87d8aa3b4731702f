import { toTimer } from '../utils/to-timer.js';

/** How long many may wait, each as long as the others: one timer is enough for all, where each of them would cost. */
export class WaitLimit {
  private timer: NodeJS.Timeout | undefined;

  /** @param expire tells those who have been waiting since then or longer; returns since when the next one has */
  constructor(
    private readonly milliseconds: number,
    private readonly expire: (latest: number) => number | undefined,
  ) {}

  /** Somebody begins to wait. @returns the time, by `performance.now()` */
  begin(): number {
    if (this.milliseconds < Infinity) {
      this.timer ??= setTimeout(this.check, toTimer(this.milliseconds));
    }
    return performance.now();
  }

  /** Nobody waits any more. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private readonly check = (): void => {
    // A timer may fire a little early.
    const next = this.expire(performance.now() - this.milliseconds + 1);
    this.timer =
      next === undefined
        ? undefined
        : setTimeout(this.check, toTimer(next + this.milliseconds - performance.now()));
  };
}
