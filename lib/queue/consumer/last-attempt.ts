import type { ClaimedJob } from './claimed-job.js';

type Attempted = Pick<ClaimedJob, 'attempt' | 'maxAttempts' | 'wasLost'>;

/**
 * Whether a job must not be taken in advance: one that is on its last attempt would be given up without having been
 * run if the process died; and one that has been lost before is not to lose another attempt like that.
 */
export function isFragile(job: Attempted): boolean {
  return isLastAttempt(job) || job.wasLost;
}

/**
 * Whether a job may be what killed the processes that ran it. It is run beside no other suspect, so that what only
 * happened to run beside it before is not given up with it.
 */
export function isSuspect(job: Attempted): boolean {
  return job.attempt > MIN_LOSSES && isLastAttempt(job) && job.wasLost;
}

/** What was lost once may never have been begun, and there may be hundreds of them: they are not held up. */
const MIN_LOSSES = 2;

function isLastAttempt({ attempt, maxAttempts }: Attempted): boolean {
  return attempt >= maxAttempts;
}
