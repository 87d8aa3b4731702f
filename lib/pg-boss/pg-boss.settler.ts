import type { Db, JobAttempt, PgBoss } from 'pg-boss';
import type { ClaimedJob, Settler } from '../queue/consumer/claimed-job.js';
import type { StoredError } from '../queue/stored-delivery.js';
import { toCompleting } from './complete-statement.js';
import type { Database } from './database.js';
import { inTransaction } from './in-transaction.js';
import { ownDeadLetter } from './late-dead-letter.js';
import { toInterval } from './pg-boss.mapper.js';
import type { TieBreaker } from './tie-breaker.js';
import { UNBLOCKED } from './unblock-keys.js';

/**
 * The next claim counts as a further attempt only if this one had started. As `retry`, it goes before whatever
 * else has its ordering key.
 */
const AS_IF_NEVER_STARTED = `state = 'retry', started_on = NULL, heartbeat_on = NULL`;

/** Records what became of jobs in a queue of pg-boss. */
export class PgBossSettler implements Settler<ClaimedJob> {
  constructor(
    private readonly boss: PgBoss,
    private readonly database: Database,
    /** The schema of pg-boss, as it is written in statements. */
    private readonly schema: string,
    /** The queue in pg-boss. */
    private readonly queue: string,
    private readonly isOrdered: boolean,
    private readonly deadlineMs: number,
    /** Where the time may stand still. */
    private readonly ties?: TieBreaker,
  ) {}

  async complete(jobs: readonly ClaimedJob[]): Promise<void> {
    for (const [attempt, same] of Map.groupBy(jobs, ({ attempt }) => attempt)) {
      const db = toCompleting(this.db, attempt - 1);
      await this.boss.complete(this.queue, toAttempts(same), null, { db });
    }
  }

  /** Completes a job in a transaction. @returns whether it was still ours to complete */
  async completeIn(job: ClaimedJob, db: Db): Promise<boolean> {
    const settled = await this.boss.complete(this.queue, toAttempts([job]), null, { db });
    return affected(settled) === 1;
  }

  async fail(job: ClaimedJob, error: StoredError, delayMs: number): Promise<void> {
    const isLast = job.attempt >= job.maxAttempts;
    if (!this.isOrdered && (isLast || delayMs === 0)) {
      await this.boss.fail(this.queue, toAttempts([job]), error, { db: this.db });
      if (isLast) await this.ties?.orderDeadLetter(this.db, this.schema, this.queue, job.id);
      return;
    }
    await this.inTransaction(async (db) => {
      const failed = await this.boss.fail(this.queue, toAttempts([job]), error, { db });
      if (affected(failed) === 0) return;
      if (isLast) await this.bury(job, db);
      else await this.update(job, { startAfter: toInterval(delayMs) }, db);
    });
  }

  async kill(job: ClaimedJob, error: StoredError): Promise<void> {
    await this.inTransaction(async (db) => {
      const last = `retry_limit = retry_count, dead_letter = ${ownDeadLetter(this.schema, 'job')}`;
      const { text, values } = this.updateClaimed([job], last);
      if ((await db.executeSql(text, values)).rows.length === 0) return;
      await this.boss.fail(this.queue, toAttempts([job]), error, { db });
      await this.bury(job, db);
    });
  }

  async postpone(jobs: readonly ClaimedJob[], delayMs: number): Promise<void> {
    if (jobs.length === 0) return;
    const { text, values } = this.updateClaimed(
      jobs,
      `${AS_IF_NEVER_STARTED}, start_after = ${this.schema}.job_now() + $4 * interval '1 ms'`,
      delayMs,
    );
    await this.db.executeSql(text, values);
  }

  async giveBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const { text, values } = this.updateClaimed(jobs, AS_IF_NEVER_STARTED);
    await this.db.executeSql(text, values);
  }

  async touch(jobs: readonly ClaimedJob[]): Promise<ReadonlySet<string>> {
    return settledIds(await this.boss.touch(this.queue, toAttempts(jobs), { db: this.db }));
  }

  /** pg-boss has no call that gives up a claim and leaves the attempt unused. */
  private updateClaimed(
    jobs: readonly ClaimedJob[],
    assignments: string,
    ...more: unknown[]
  ): { text: string; values: unknown[] } {
    return {
      text:
        `UPDATE ${this.schema}.job SET ${assignments} WHERE name = $1 AND state = 'active' AND (id, retry_count) IN ` +
        `(SELECT * FROM unnest($2::uuid[], $3::int[])) RETURNING id`,
      values: [this.queue, jobs.map(({ id }) => id), jobs.map(({ attempt }) => attempt - 1), ...more],
    };
  }

  private async bury(job: ClaimedJob, db: Db): Promise<void> {
    await this.ties?.orderDeadLetter(db, this.schema, this.queue, job.id);
    if (!this.isOrdered) return;
    const text = `UPDATE ${this.schema}.job SET ${UNBLOCKED} WHERE name = $1 AND id = $2 AND state = 'failed'`;
    await db.executeSql(text, [this.queue, job.id]);
  }

  private async update(job: ClaimedJob, options: { startAfter: string }, db: Db): Promise<void> {
    await this.boss.update(this.queue, undefined, { id: job.id, ...options, db });
  }

  private inTransaction(work: (db: Db) => Promise<void>): Promise<void> {
    return inTransaction(this.database, ({ db }) => work(db), this.deadlineMs);
  }

  private get db(): Db {
    return this.database.withDeadline(this.deadlineMs);
  }
}

function toAttempts(jobs: readonly ClaimedJob[]): JobAttempt[] {
  return jobs.map(({ id, attempt }) => ({ id, retryCount: attempt - 1 }));
}

function affected(response: unknown): number {
  return (response as { affected: number }).affected;
}

function settledIds(response: unknown): ReadonlySet<string> {
  return new Set((response as { settled?: string[] }).settled ?? []);
}
