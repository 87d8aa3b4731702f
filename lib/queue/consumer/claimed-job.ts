import type { StoredError } from '../stored-delivery.js';

/** A job as this process has been given it. A job that is given anew is another object. */
export interface ClaimedJob {
  readonly id: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** How many attempts there are at most. */
  readonly maxAttempts: number;
  /** Higher first. */
  readonly priority: number;
  /** Whether a process that ran it died, or was taken for dead. */
  readonly wasLost: boolean;
}

/**
 * Records what became of jobs. Each call counts for the attempt that was claimed only: for a job that is
 * another worker's by now it does nothing. What rejects is tried again.
 */
export interface Settler<TJob extends ClaimedJob> {
  complete(jobs: readonly TJob[]): Promise<void>;

  /** Again after a while, or, if that was the last attempt, no more. */
  fail(job: TJob, error: StoredError, delayMs: number): Promise<void>;

  /** Given up, however many attempts are left. */
  kill(job: TJob, error: StoredError): Promise<void>;

  /** Again after a while, without using up the attempt. */
  postpone(jobs: readonly TJob[], delayMs: number): Promise<void>;

  /** Makes jobs available to others, as if they had never been claimed. There may be none. */
  giveBack(jobs: readonly TJob[]): Promise<void>;

  /** Gives a sign of life. @returns the ids of the jobs that are still ours */
  touch(jobs: readonly TJob[]): Promise<ReadonlySet<string>>;
}
