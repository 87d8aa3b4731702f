import type { ClaimedJob, Settler } from './claimed-job.js';
import { type HeldJob, type HeldJobs, jobsOf } from './held-jobs.js';
import type { OutcomeRecorder } from './outcome-recorder.js';

/** Lets go of jobs that have not been run. What it does never rejects, and is tried again until it is done. */
export class Returns<TJob extends ClaimedJob> {
  constructor(
    private readonly held: HeldJobs<TJob>,
    private readonly settler: Settler<TJob>,
    private readonly recorder: OutcomeRecorder<TJob>,
    /** Hears that there may be none in hand any more. */
    private readonly onReturn: () => void,
  ) {}

  /** Others shall have them. */
  giveBack(given: readonly HeldJob<TJob>[]): Promise<void> {
    return this.letGo(given, (jobs) => this.settler.giveBack(jobs));
  }

  /** They shall be had again after a while. */
  postpone(given: readonly HeldJob<TJob>[], delayMs: number): Promise<void> {
    return this.letGo(given, (jobs) => this.settler.postpone(jobs, delayMs));
  }

  private async letGo(
    given: readonly HeldJob<TJob>[],
    action: (jobs: readonly TJob[]) => Promise<void>,
  ): Promise<void> {
    if (given.length === 0) return;
    for (const held of given) this.held.settle(held);
    await this.recorder.persist(() => action(jobsOf(given)), given);
    for (const held of given) this.held.delete(held);
    this.onReturn();
  }
}
