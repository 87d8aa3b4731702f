import type { JobInsert, JobWithMetadata } from 'pg-boss';
import { WORKER_LOST } from '../queue/consumer/worker-lost.js';
import {
  isStoredError,
  type StoredError,
  type StoredData,
  type StoredDelivery,
} from '../queue/stored-delivery.js';
import type { DeadLetter } from '../queue/worker-creator.js';

/** What a claim may wait in the process before it runs, on top of the time that it may run, in seconds. */
const EXPIRE_MARGIN_SECONDS = 60;

/** Deliveries with an ordering key are in a queue of their own, in which each has one. */
export const ORDERED_SUFFIX = '/ordered';

/** The data of a job: what is stored, and what pg-boss has no column for. */
export type JobData = StoredData & { readonly timeoutMs?: number };

export function toJobInsert({ id, data, options }: StoredDelivery): JobInsert {
  const { delayMs, at, priority, retries, group, orderingKey, timeoutMs } = options;
  return {
    id,
    data: timeoutMs === undefined ? data : { ...data, timeoutMs },
    ...(priority === undefined ? undefined : { priority }),
    ...(retries === undefined ? undefined : { retryLimit: retries }),
    ...(at === undefined ? undefined : { startAfter: at.toISOString() }),
    ...(delayMs === undefined ? undefined : { startAfter: toInterval(delayMs) }),
    ...(group === undefined ? undefined : { group: { id: group } }),
    ...(orderingKey === undefined ? undefined : { singletonKey: orderingKey }),
    ...(timeoutMs === undefined ? undefined : { expireInSeconds: toExpireSeconds(timeoutMs) }),
  };
}

/** What was stored, without what was added for pg-boss. */
export function toStoredData(data: JobData): StoredData {
  if (data?.timeoutMs === undefined) return data;
  const { timeoutMs: _, ...stored } = data;
  return stored;
}

/** A time from now, by the clock of the database. */
export function toInterval(milliseconds: number): string {
  return `${milliseconds / 1000} seconds`;
}

export function toExpireSeconds(timeoutMs: number): number {
  return Math.ceil(timeoutMs / 1000) + EXPIRE_MARGIN_SECONDS;
}

/** The queue that a job of an ordered queue, or of any other, belongs to. */
export function toQueueName(jobQueue: string): string {
  return jobQueue.endsWith(ORDERED_SUFFIX) ? jobQueue.slice(0, -ORDERED_SUFFIX.length) : jobQueue;
}

export function toDeadLetter(job: JobWithMetadata<JobData>): DeadLetter {
  return {
    id: job.id,
    queue: toQueueName(job.sourceName ?? ''),
    data: toStoredData(job.data),
    error: toError(job.sourceOutput ?? job.output),
    attempts: (job.sourceRetryCount ?? 0) + 1,
    failedAt: job.createdOn,
  };
}

/** What pg-boss itself says when it gives a job up, in our words. */
const SUPERVISION: Readonly<Record<string, StoredError>> = {
  'job heartbeat timeout': {
    name: 'WorkerLostError',
    code: WORKER_LOST,
    message: 'the process that ran it died, or was cut off from the database',
  },
  'job timed out': {
    name: 'EventTimeoutError',
    code: 'EVENTS_TIMEOUT',
    message: 'it took longer than it may, and its process did not say so',
  },
};

function toError(output: unknown): StoredError {
  if (isStoredError(output)) return output;
  const value = (output as { value?: unknown } | null)?.value;
  const message = (value as { message?: unknown } | null)?.message;
  return (
    SUPERVISION[String(message)] ?? {
      name: 'Error',
      message: typeof message === 'string' ? message : JSON.stringify(output ?? null),
    }
  );
}
