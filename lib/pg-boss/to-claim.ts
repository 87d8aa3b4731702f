import { DeliveryAbortedError } from '../errors/index.js';
import type { Claim, DeliveryTransaction } from '../queue/worker-creator.js';
import type { Database, DatabaseTransaction } from './database.js';
import { inTransaction } from './in-transaction.js';
import { type JobData, toQueueName, toStoredData } from './pg-boss.mapper.js';
import type { PgBossJob } from './pg-boss-job.js';
import type { PgBossSettler } from './pg-boss.settler.js';
import type { Turns } from './turns.js';

interface ClaimParts {
  /** The queue in pg-boss. */
  readonly queue: string;
  readonly database: Database;
  readonly turns: Turns;
  readonly settler: PgBossSettler;
}

/** A job as whoever runs it sees it. */
export function toClaim(job: PgBossJob, signal: AbortSignal, parts: ClaimParts): Claim {
  return {
    id: job.id,
    queue: toQueueName(parts.queue),
    data: toStoredData(job.data),
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    timeoutMs: readTimeout(job.data),
    signal,
    runInTransaction: (work) =>
      parts.turns.run(signal, () =>
        inTransaction(parts.database, async (transaction) => {
          await work(toDeliveryTransaction(transaction));
          if (await parts.settler.completeIn(job, transaction.db)) return;
          throw new DeliveryAbortedError('lost', 'The delivery was given to another worker meanwhile.');
        }),
      ),
  };
}

function toDeliveryTransaction({ db, client }: DatabaseTransaction): DeliveryTransaction {
  return { query: async (text, values = []) => db.executeSql(text, [...values]), client };
}

/** It may have been written by other hands. */
function readTimeout(data: JobData | null): number | undefined {
  const timeoutMs: unknown = data?.timeoutMs;
  return typeof timeoutMs === 'number' && timeoutMs > 0 ? timeoutMs : undefined;
}
