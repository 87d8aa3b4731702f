import type { Claim, Outcome, WorkOptions } from '../worker-creator.js';
import type { ClaimedJob, Settler } from './claimed-job.js';
import type { Slots } from './slots.js';

/** What a consumer works with. */
export interface ConsumerParts<TJob extends ClaimedJob> {
  /** Takes jobs from the queue, so many at most. */
  readonly fetch: (batchSize: number) => Promise<TJob[]>;
  readonly settler: Settler<TJob>;
  /** A job as whoever runs it sees it. The signal is aborted when it is no longer this process's to run. */
  readonly toClaim: (job: TJob, signal: AbortSignal) => Claim;
  /** Whether jobs may be lost that are taken before they begin: each can be attempted again. */
  readonly mayHandOver: boolean;
  /** Whether a job may keep back others until it is done. */
  readonly mayFreeOthers: boolean;
  readonly options: WorkOptions;
  readonly slots: Slots;
  /** How long after its last sign of life a job is another's, in milliseconds. */
  readonly heartbeatMs: number;
  readonly isPaused: () => boolean;
  readonly run: (claim: Claim) => Promise<Outcome>;
  readonly onError: (error: unknown) => void;
}
