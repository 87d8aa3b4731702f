import { setImmediate } from 'node:timers';
import type { Clock, ClockTimer } from '../../driver/clock.js';

/** What takes deliveries from a store in memory. */
export interface LoopWorker {
  /** Whether anything runs. */
  readonly isBusy: boolean;
  /** Takes as much as there is, and as there is room for. */
  pump(): void;
  /** When there will be something to take that nobody announces, in milliseconds since 1970. */
  getNextDue(): number | undefined;
}

/** Has the workers of a store look for work when there may be some: nobody looks for it again and again. */
export class WorkLoop {
  private readonly workers = new Set<LoopWorker>();
  private waiting: (() => void)[] = [];
  private isScheduled = false;
  private timer: { readonly dueAt: number; readonly clock: Clock; readonly handle: ClockTimer } | undefined;

  constructor(private readonly getClock: () => Clock) {}

  add(worker: LoopWorker): void {
    this.workers.add(worker);
    this.announce();
  }

  delete(worker: LoopWorker): void {
    this.workers.delete(worker);
    this.announce();
  }

  /** There may be work: it is looked for in a moment, so that whoever has stored it goes on first. */
  announce(): void {
    this.setTimer();
    if (this.isScheduled) return;
    this.isScheduled = true;
    // Not a microtask: what has work for ever would let nothing else happen, not even the end of the test.
    setImmediate(() => {
      this.isScheduled = false;
      this.pump();
    });
  }

  /** Resolves once nothing runs, and nobody can take anything now. */
  async untilIdle(): Promise<void> {
    if (!this.isIdle()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private pump(): void {
    for (const worker of this.workers) worker.pump();
    this.setTimer();
    if (this.isIdle()) for (const resolve of this.waiting.splice(0)) resolve();
  }

  private isIdle(): boolean {
    return !this.isScheduled && ![...this.workers].some(({ isBusy }) => isBusy);
  }

  private setTimer(): void {
    const clock = this.getClock();
    const dueAt = Math.min(...[...this.workers].map((worker) => worker.getNextDue() ?? Infinity));
    if (this.timer?.dueAt === dueAt && this.timer.clock === clock) return;
    this.timer?.clock.clearTimer(this.timer.handle);
    this.timer = undefined;
    if (dueAt === Infinity) return;
    const hear = (): void => {
      this.timer = undefined;
      this.pump();
    };
    this.timer = { dueAt, clock, handle: unref(clock.setTimer(hear, dueAt - clock.now())) };
  }
}

/** A timer of Node keeps the process alive; there is nothing in memory that would be worth it. */
function unref(timer: ClockTimer): ClockTimer {
  (timer as { unref?: () => unknown } | null | undefined)?.unref?.();
  return timer;
}
