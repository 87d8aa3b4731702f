import type { JobWithMetadata } from 'pg-boss';
import { readProperty } from '../errors/thrown.js';
import type { ClaimedJob } from '../queue/consumer/claimed-job.js';
import { WORKER_LOST } from '../queue/consumer/worker-lost.js';
import type { JobData } from './pg-boss.mapper.js';

/** What pg-boss itself says of a job that no worker gave a sign of life for. */
const HEARTBEAT_TIMEOUT = 'job heartbeat timeout';

/** A job as this process has been given it, and what is stored of its delivery. */
export interface PgBossJob extends ClaimedJob {
  readonly data: JobData;
}

export function toJob(row: JobWithMetadata<JobData>): PgBossJob {
  const { id, retryCount, retryLimit, priority, output, data } = row;
  return {
    id,
    attempt: retryCount + 1,
    maxAttempts: retryLimit + 1,
    priority,
    wasLost: wasLost(output),
    data,
  };
}

function wasLost(output: unknown): boolean {
  return (
    readProperty(output, 'code') === WORKER_LOST ||
    readProperty(readProperty(output, 'value'), 'message') === HEARTBEAT_TIMEOUT
  );
}
