import { later } from '../../utils/later.js';

const MAX_TOGETHER = 1000;

/** Jobs that are recorded together. */
interface Batch<T> {
  readonly jobs: T[];
  readonly recorded: PromiseWithResolvers<void>;
}

/** Collects jobs that are done, so that those done at about the same time are recorded together. */
export class Completions<T> {
  private readonly waiting: Batch<T>[] = [];
  private isRunning = false;

  constructor(private readonly record: (jobs: readonly T[]) => Promise<void>) {}

  /** @returns a promise that is there for the end of the recording, and never rejects */
  add(job: T): Promise<void> {
    let last = this.waiting.at(-1);
    if (last === undefined || last.jobs.length === MAX_TOGETHER) {
      last = { jobs: [], recorded: Promise.withResolvers() };
      this.waiting.push(last);
    }
    last.jobs.push(job);
    if (!this.isRunning) void this.run();
    return last.recorded.promise;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    await new Promise<void>((resolve) => later(resolve));
    for (let batch = this.waiting.shift(); batch !== undefined; batch = this.waiting.shift()) {
      await this.record(batch.jobs);
      batch.recorded.resolve();
    }
    this.isRunning = false;
  }
}
