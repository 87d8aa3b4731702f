import { waitAtMost } from '../utils/wait-at-most.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** One signal may arrive twice: a terminal and whoever started the process both send it. */
const SAME_SIGNAL_MS = 100;

/** When a shutdown has to end: after its time, or when the process is told a second time to go. */
export class ShutdownDeadline {
  private readonly started = performance.now();
  private readonly hurried = Promise.withResolvers<void>();
  private isHurried = false;
  /** Those that somebody listens to; others end the process by themselves. */
  private readonly signals = SIGNALS.filter((signal) => process.listenerCount(signal) > 0);

  constructor(private readonly timeoutMs: number) {
    for (const signal of this.signals) process.on(signal, this.onSignal);
  }

  /**
   * Waits for a step until the deadline, and then for as long as it may take to break it off.
   *
   * @returns whether it has ended
   */
  async wait(step: Promise<unknown>, graceMs = 0): Promise<boolean> {
    let hasEnded = false;
    const ended = step.then(() => {
      hasEnded = true;
    });
    await waitAtMost(this.remainingMs, Promise.race([ended, this.hurried.promise]));
    if (!hasEnded && graceMs > 0) await waitAtMost(graceMs, ended);
    return hasEnded;
  }

  /** The shutdown is over: signals are others' again. */
  end(): void {
    for (const signal of this.signals) process.removeListener(signal, this.onSignal);
  }

  private get remainingMs(): number {
    return this.isHurried ? 0 : Math.max(0, this.started + this.timeoutMs - performance.now());
  }

  private readonly onSignal = (): void => {
    if (performance.now() - this.started < SAME_SIGNAL_MS) return;
    this.isHurried = true;
    this.hurried.resolve();
  };
}
