import { setTimeout as delay } from 'node:timers/promises';
import { growingPause } from '../../utils/growing-pause.js';
import type { Outcome } from '../worker-creator.js';
import type { ClaimedJob, Settler } from './claimed-job.js';
import { Completions } from './completions.js';
import { type HeldJob, type HeldJobs, jobsOf } from './held-jobs.js';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2000;

/** Records what became of jobs, in spite of a store that fails for a while. */
export class OutcomeRecorder<TJob extends ClaimedJob> {
  private readonly completions = new Completions<HeldJob<TJob>>((held) =>
    this.persist(() => this.settler.complete(jobsOf(held)), held),
  );
  private isInHurry = false;

  constructor(
    private readonly settler: Settler<TJob>,
    private readonly held: HeldJobs<TJob>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** From now on, what cannot be recorded at once is not tried again. */
  hurry(): void {
    this.isInHurry = true;
  }

  /** Never rejects. */
  async record(held: HeldJob<TJob>, outcome: Outcome): Promise<void> {
    const { job, controller } = held;
    if (controller.signal.aborted) return;
    this.held.settle(held);
    const { settler } = this;
    switch (outcome.status) {
      case 'completed':
        return this.completions.add(held);
      case 'failed':
        // failpoint: midFail
        return this.persist(() => settler.fail(job, outcome.error, outcome.delayMs), [held]);
      case 'postponed':
        return this.persist(() => settler.postpone([job], outcome.delayMs), [held]);
      case 'dead':
        // failpoint: midDlqWrite
        return this.persist(() => settler.kill(job, outcome.error), [held]);
      case 'settled':
    }
  }

  /** Does what cannot be done now again and again, for as long as one of the jobs is ours. Never rejects. */
  async persist(action: () => Promise<void>, held: readonly HeldJob<TJob>[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      if ((this.isInHurry && failures > 0) || !held.some((one) => this.held.isOurs(one))) return;
      try {
        return await action();
      } catch (error) {
        this.onError(error);
        await delay(growingPause(failures, FIRST_PAUSE_MS, MAX_PAUSE_MS));
      }
    }
  }
}
