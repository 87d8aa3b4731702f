import type { ClaimedJob } from './claimed-job.js';

/** Collects jobs that are done, so that those done at about the same time are recorded together. */
export class Completions<TJob extends ClaimedJob> {
  private waiting: TJob[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly record: (jobs: readonly TJob[]) => Promise<void>) {}

  /** @returns a promise that is there for the end of the recording, and never rejects */
  add(job: TJob): Promise<void> {
    this.waiting.push(job);
    return (this.running ??= this.run());
  }

  private async run(): Promise<void> {
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const jobs = this.waiting.splice(0, 1000);
      await this.record(jobs);
    }
    this.running = undefined;
  }
}
