import { readProperty } from '../errors/thrown.js';
import type { ClaimedJob } from '../queue/consumer/claimed-job.js';
import { WORKER_LOST } from '../queue/consumer/worker-lost.js';
import type { JobData } from './pg-boss.mapper.js';

/** What pg-boss itself says of a job that no worker gave a sign of life for. */
const HEARTBEAT_TIMEOUT = 'job heartbeat timeout';

/** A job as this process has been given it, and what is stored of its delivery. */
export interface PgBossJob extends ClaimedJob {
  readonly data: JobData;
  /** Where its row was in the table when it was claimed; `undefined` where that is not known. */
  readonly place: string | undefined;
}

const CREATED_AT = 'extract(epoch FROM created_on)::float8';

/** What is asked for of a job. */
export const FETCHED_COLUMNS = `j.id, data, retry_count AS "retryCount", retry_limit AS "retryLimit", priority, output,
  ${CREATED_AT} AS "createdAt"`;

/** The same with where its row is, which only PostgreSQL itself has. */
export const FETCHED_WITH_PLACE = `${FETCHED_COLUMNS}, j.ctid AS place`;

/** All of that in one column: the embedded database reads its own answers, and takes a microsecond for each value in them. */
export const FETCHED_AS_ONE = `json_build_array(j.id, data, retry_count, retry_limit, priority, output, ${CREATED_AT}, j.ctid) AS job`;

export interface FetchedRow {
  readonly id: string;
  readonly data: JobData;
  readonly retryCount: number;
  readonly retryLimit: number;
  readonly priority: number;
  readonly output: unknown;
  /** In seconds since 1970. */
  readonly createdAt: number;
  readonly place?: string;
}

/** A row of {@link FETCHED_AS_ONE} as one of {@link FETCHED_WITH_PLACE}. */
export function toFetchedRow(row: unknown): FetchedRow {
  const { job } = row as { readonly job: Values };
  const [id, data, retryCount, retryLimit, priority, output, createdAt, place] = job;
  return { id, data, retryCount, retryLimit, priority, output, createdAt, place };
}

type Values = [string, JobData, number, number, number, unknown, number, string];

export function toJob({ id, retryCount, retryLimit, priority, output, data, place }: FetchedRow): PgBossJob {
  return {
    id,
    attempt: retryCount + 1,
    maxAttempts: retryLimit + 1,
    priority,
    wasLost: wasLost(output),
    data,
    place,
  };
}

/** A job that this process has taken as it stored it. */
export function toTakenJob(id: string, data: JobData, retryLimit: number): PgBossJob {
  return { id, attempt: 1, maxAttempts: retryLimit + 1, priority: 0, wasLost: false, data, place: undefined };
}

function wasLost(output: unknown): boolean {
  return (
    readProperty(output, 'code') === WORKER_LOST ||
    readProperty(readProperty(output, 'value'), 'message') === HEARTBEAT_TIMEOUT
  );
}
