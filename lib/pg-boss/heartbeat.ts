import { type HeldJobs, jobsOf } from './held-jobs.js';
import type { Settler } from './pg-boss.settler.js';
import { toTimer } from '../utils/to-timer.js';

/** Gives signs of life for the jobs in hand, and tells those that were taken away all the same. */
export class Heartbeat {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly held: HeldJobs,
    private readonly settler: Settler,
    heartbeatMs: number,
    private readonly onError: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => void this.touch(), toTimer(heartbeatMs / 3));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async touch(): Promise<void> {
    const held = this.held.filter(({ controller }) => !controller.signal.aborted);
    if (held.length === 0) return;
    try {
      const ours = await this.settler.touch(jobsOf(held));
      for (const one of held) if (!ours.has(one.job.id)) this.held.lose(one);
    } catch (error) {
      this.onError(error);
    }
  }
}
