import { toTimer } from '../../utils/to-timer.js';
import type { ClaimedJob, Settler } from './claimed-job.js';
import { type HeldJobs, jobsOf } from './held-jobs.js';

/** Gives signs of life for the jobs in hand, and tells those that were taken away all the same. */
export class Heartbeat<TJob extends ClaimedJob> {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly held: HeldJobs<TJob>,
    private readonly settler: Settler<TJob>,
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
