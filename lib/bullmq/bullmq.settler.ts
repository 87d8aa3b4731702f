import type { Settler } from '../queue/consumer/claimed-job.js';
import type { StoredError } from '../queue/stored-delivery.js';
import type { BullMqJob } from './bullmq.mapper.js';
import type { QueueLink } from './queue-link.js';
import type { Verb } from './scripts/index.js';

/**
 * Records what became of jobs. Each call counts for those whose lock is still ours: for a job that is another worker's
 * by now it does nothing.
 */
export class BullMqSettler implements Settler<BullMqJob> {
  constructor(
    private readonly link: QueueLink,
    private readonly heartbeatMs: number,
    /** What is kept of those that are completed, as BullMQ has it; empty for as long as the queue says. */
    private readonly keepCompleted: string,
  ) {}

  async complete(jobs: readonly BullMqJob[]): Promise<void> {
    await this.link.call('complete', [this.keepCompleted, ...toLocks(jobs)]);
  }

  /** Again after a while, or, if that was the last attempt, no more. */
  async fail(job: BullMqJob, error: StoredError, delayMs: number): Promise<void> {
    const isLast = job.attempt >= job.maxAttempts;
    await this.settle(isLast ? 'bury' : 'retry', [job], delayMs, error);
  }

  /** Given up, however many attempts are left. */
  async kill(job: BullMqJob, error: StoredError): Promise<void> {
    await this.settle('bury', [job], 0, error);
  }

  /** Again after a while, without using up the attempt. */
  async postpone(jobs: readonly BullMqJob[], delayMs: number): Promise<void> {
    await this.settle('postpone', jobs, delayMs);
  }

  /** Makes jobs available to others, as if they had never been claimed: the first of them before the others. */
  async giveBack(jobs: readonly BullMqJob[]): Promise<void> {
    await this.settle('return', jobs.toReversed());
  }

  /** Gives a sign of life. @returns the ids of the jobs that are still ours */
  async touch(jobs: readonly BullMqJob[]): Promise<ReadonlySet<string>> {
    const lost = await this.link.callPlain<string[]>('extend', [String(this.heartbeatMs), ...toLocks(jobs)]);
    const ours = new Set(jobs.map(({ id }) => id));
    for (const id of lost) ours.delete(id);
    return ours;
  }

  private async settle(
    verb: Verb,
    jobs: readonly BullMqJob[],
    delayMs = 0,
    error?: StoredError,
  ): Promise<void> {
    if (jobs.length === 0) return;
    const fields = error === undefined ? '' : toFields(error);
    // BullMQ counts in whole milliseconds.
    const delay = String(Math.ceil(delayMs));
    await this.link.call('settle', [verb, delay, fields, error?.message ?? '', ...toLocks(jobs)]);
  }
}

/** What BullMQ and its dashboards show of an error, and the error itself. */
export function toFields(error: StoredError, lost = ''): string {
  const { name, message, stack = `${name}: ${message}` } = error;
  return JSON.stringify([
    'failedReason',
    message,
    'stacktrace',
    JSON.stringify([stack]),
    'error',
    JSON.stringify(error),
    'lost',
    lost,
  ]);
}

function toLocks(jobs: readonly BullMqJob[]): string[] {
  return jobs.flatMap(({ id, token }) => [id, token]);
}
