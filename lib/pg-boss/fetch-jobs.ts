import { hash } from 'node:crypto';
import type { Db, PgBoss } from 'pg-boss';
import type { Database } from './database.js';
import { inTransaction } from './in-transaction.js';
import { toFetching } from './fetch-statement.js';
import { isClaimKnown, nameDeadLetters } from './late-dead-letter.js';
import { WORTH_PLANNING } from './worth-planning.js';
import { type FetchedRow, type PgBossJob, toJob } from './pg-boss-job.js';

/** Takes jobs from a queue, so many at most. */
export type FetchJobs = (batchSize: number) => Promise<PgBossJob[]>;

interface FetchParts {
  readonly boss: PgBoss;
  readonly database: Database;
  readonly schema: string;
  /** The queue in pg-boss. */
  readonly queue: string;
  readonly groupConcurrency: number | undefined;
  readonly deadlineMs: number;
}

/**
 * pg-boss counts what runs of a group as it is when a fetch begins: of two at the same moment, neither sees what the
 * other takes. So where groups are limited, one fetches from the queue at a time, in all processes.
 */
export function createFetch(parts: FetchParts): FetchJobs {
  const { boss, database, schema, queue, groupConcurrency, deadlineMs } = parts;
  let isBusy = false;
  const fetch = async (batchSize: number, db: Db): Promise<PgBossJob[]> => {
    const rows: unknown = await boss.fetch(queue, {
      batchSize,
      includeMetadata: true,
      db: toFetching(db, { batchSize, isBusy, database, schema }),
      ...(groupConcurrency === undefined ? undefined : { groupConcurrency }),
    });
    isBusy = (rows as FetchedRow[]).length >= Math.min(batchSize, WORTH_PLANNING);
    // They are the ones that were stored first, but come in no order.
    return (rows as FetchedRow[]).toSorted(compare).map(toJob);
  };
  const lock = groupConcurrency === undefined || !database.hasAdvisoryLocks ? undefined : toLock(parts);
  const namesDeadLetters = createNaming(parts);
  return async (batchSize) => {
    const isNamed = await namesDeadLetters();
    if (lock === undefined && isNamed) return fetch(batchSize, database.withDeadline(deadlineMs));
    return inTransaction(
      database,
      async ({ db }) => {
        if (lock !== undefined) await db.executeSql(lock);
        const jobs = await fetch(batchSize, db);
        const ids = jobs.map(({ id }) => id);
        if (!isNamed && ids.length > 0) await nameDeadLetters(db, schema, queue, ids);
        return jobs;
      },
      deadlineMs,
    );
  };
}

/** What is stored together has one time, and ids in the order it was dispatched. */
function compare(one: FetchedRow, other: FetchedRow): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);
}

/** @returns what says whether a fetch names the dead letter queue of what it takes for the last time, or need not */
function createNaming({ boss, database, queue }: FetchParts): () => Promise<boolean> {
  if (!database.isPostgres) return async () => true;
  let isKnown: Promise<boolean> | undefined;
  return () => {
    isKnown ??= isClaimKnown(boss, queue).catch((error: unknown) => {
      isKnown = undefined;
      throw error;
    });
    return isKnown;
  };
}

/** A process that stands still keeps the lock no longer than it may be waited for. */
function toLock({ schema, queue, deadlineMs }: FetchParts): string {
  const key = Buffer.from(hash('sha256', `event-drivers fetch ${schema}.${queue}`), 'hex').readBigInt64BE();
  return (
    `SET LOCAL lock_timeout = ${Math.ceil(deadlineMs * 0.8)};` +
    `SET LOCAL idle_in_transaction_session_timeout = ${deadlineMs};` +
    `SELECT pg_advisory_xact_lock(${key})`
  );
}
