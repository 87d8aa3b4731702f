import type { ClaimedJob } from './claimed-job.js';
import type { HeldJobs } from './held-jobs.js';
import { isSuspect } from './last-attempt.js';
import type { Returns } from './returns.js';

/** After how long to look again for a job that must not be run beside another one. */
export const SUSPECT_PAUSE_MS = 100;

/**
 * Keeps one of those that may kill the process, unless there is one.
 *
 * @returns whether there are others, which come back in a moment
 */
export async function keepOneSuspect<TJob extends ClaimedJob>(
  held: HeldJobs<TJob>,
  returns: Returns<TJob>,
): Promise<boolean> {
  const [next, ...others] = held.takeReady(({ job }) => isSuspect(job));
  if (next === undefined) return false;
  const isBusy = held.filter(({ isRunning, job }) => isRunning && isSuspect(job)).length > 0;
  if (isBusy) others.push(next);
  else held.putFirst(next);
  await returns.postpone(others, SUSPECT_PAUSE_MS);
  return others.length > 0;
}
