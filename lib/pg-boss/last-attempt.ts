import type { JobWithMetadata } from 'pg-boss';
import { readProperty } from '../errors/thrown.js';

/** How what a job failed with says that its process died, or was taken for dead. */
export const WORKER_LOST = 'EVENTS_WORKER_LOST';
const HEARTBEAT_TIMEOUT = 'job heartbeat timeout';

type Attempted = Pick<JobWithMetadata, 'retryCount' | 'retryLimit' | 'output'>;

/**
 * Whether a job must not be taken in advance: one that is on its last attempt would be given up without having been
 * run if the process died; and one that has been lost before is not to lose another attempt like that.
 */
export function isFragile(job: Attempted): boolean {
  return isLastAttempt(job) || wasLost(job.output);
}

/**
 * Whether a job may be what killed the processes that ran it. It is run beside no other suspect, so that what only
 * happened to run beside it before is not given up with it.
 */
export function isSuspect(job: Attempted): boolean {
  return job.retryCount >= MIN_LOSSES && isLastAttempt(job) && wasLost(job.output);
}

/** What was lost once may never have been begun, and there may be hundreds of them: they are not held up. */
const MIN_LOSSES = 2;

function isLastAttempt({ retryCount, retryLimit }: Attempted): boolean {
  return retryCount >= retryLimit;
}

function wasLost(output: unknown): boolean {
  return (
    readProperty(output, 'code') === WORKER_LOST ||
    readProperty(readProperty(output, 'value'), 'message') === HEARTBEAT_TIMEOUT
  );
}
