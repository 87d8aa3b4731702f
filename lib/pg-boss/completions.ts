import type { ClaimedJob } from './pg-boss.settler.js';

/** Collects jobs that are done, so that those done at about the same time are recorded by one statement. */
export class Completions {
  private waiting: ClaimedJob[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly record: (jobs: readonly ClaimedJob[]) => Promise<void>) {}

  /** @returns a promise that is there for the end of the recording, and never rejects */
  add(job: ClaimedJob): Promise<void> {
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
