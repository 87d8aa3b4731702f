import type { Db, JobAttempt, PgBoss } from 'pg-boss';
import type { ClaimedJob, Settler } from '../queue/consumer/claimed-job.js';
import type { StoredError } from '../queue/stored-delivery.js';
import { toCompleting } from './complete-statement.js';
import type { Database } from './database.js';
import { inTransaction } from './in-transaction.js';
import { ownDeadLetter } from './late-dead-letter.js';
import { toInterval } from './pg-boss.mapper.js';
import type { PgBossJob } from './pg-boss-job.js';
import type { TieBreaker } from './tie-breaker.js';
import { UNBLOCKED } from './unblock-keys.js';
import { worthPlanningAmong } from './worth-planning.js';

/**
 * The next claim counts as a further attempt only if this one had started. As `retry`, it goes before whatever
 * else has its ordering key.
 */
const AS_IF_NEVER_STARTED = `state = 'retry', started_on = NULL, heartbeat_on = NULL`;

interface SettlerParts {
  readonly boss: PgBoss;
  readonly database: Database;
  /** The schema of pg-boss, as it is written in statements. */
  readonly schema: string;
  /** The queue in pg-boss. */
  readonly queue: string;
  readonly isOrdered: boolean;
  /** How many of its jobs run at a time in this process. */
  readonly concurrency: number;
  readonly deadlineMs: number;
  /** Where the time may stand still. */
  readonly ties: TieBreaker | undefined;
}

/** Records what became of jobs in a queue of pg-boss. */
export class PgBossSettler implements Settler<PgBossJob> {
  /** Whose rows were moved by a sign of life. */
  private readonly moved = new WeakSet<ClaimedJob>();
  /** What is being completed. */
  private readonly completing: (readonly ClaimedJob[])[] = [];
  private touching: Promise<unknown> | undefined;

  constructor(private readonly parts: SettlerParts) {}

  async complete(jobs: readonly PgBossJob[]): Promise<void> {
    while (this.touching !== undefined) await this.touching;
    this.completing.push(jobs);
    try {
      await this.completeNow(jobs);
    } finally {
      this.completing.splice(this.completing.indexOf(jobs), 1);
    }
  }

  /** Completes a job in a transaction. @returns whether it was still ours to complete */
  async completeIn(job: ClaimedJob, db: Db): Promise<boolean> {
    const settled = await this.parts.boss.complete(this.parts.queue, toAttempts([job]), null, { db });
    return affected(settled) === 1;
  }

  async fail(job: ClaimedJob, error: StoredError, delayMs: number): Promise<void> {
    const { boss, schema, queue, isOrdered, ties } = this.parts;
    const isLast = job.attempt >= job.maxAttempts;
    if (!isOrdered && (isLast || delayMs === 0)) {
      await boss.fail(queue, toAttempts([job]), error, { db: this.db });
      if (isLast) await ties?.orderDeadLetter(this.db, schema, queue, job.id);
      return;
    }
    await this.inTransaction(async (db) => {
      const failed = await boss.fail(queue, toAttempts([job]), error, { db });
      if (affected(failed) === 0) return;
      if (isLast) await this.bury(job, db);
      else await this.update(job, { startAfter: toInterval(delayMs) }, db);
    });
  }

  async kill(job: ClaimedJob, error: StoredError): Promise<void> {
    const { boss, schema, queue } = this.parts;
    await this.inTransaction(async (db) => {
      const last = `retry_limit = retry_count, dead_letter = ${ownDeadLetter(schema, 'job')}`;
      const { text, values } = this.updateClaimed([job], last);
      if ((await db.executeSql(text, values)).rows.length === 0) return;
      await boss.fail(queue, toAttempts([job]), error, { db });
      await this.bury(job, db);
    });
  }

  async postpone(jobs: readonly ClaimedJob[], delayMs: number): Promise<void> {
    if (jobs.length === 0) return;
    const { text, values } = this.updateClaimed(
      jobs,
      `${AS_IF_NEVER_STARTED}, start_after = ${this.parts.schema}.job_now() + $4 * interval '1 ms'`,
      delayMs,
    );
    await this.db.executeSql(text, values);
  }

  async giveBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const { text, values } = this.updateClaimed(jobs, AS_IF_NEVER_STARTED);
    await this.db.executeSql(text, values);
  }

  /**
   * Where two statements change the same rows, each in an order of its own, the server ends one of them. So what is being
   * completed is left alone, and what has come to its end meanwhile is completed afterwards.
   */
  async touch(jobs: readonly ClaimedJob[]): Promise<ReadonlySet<string>> {
    const completing = new Set(this.completing.flat());
    const left = jobs.filter((job) => completing.has(job));
    const touched = this.touchNow(jobs.filter((job) => !completing.has(job)));
    const touching = Promise.allSettled([this.touching, touched]).then(() => {
      if (this.touching === touching) this.touching = undefined;
    });
    this.touching = touching;
    return new Set([...(await touched), ...left.map(({ id }) => id)]);
  }

  private async completeNow(jobs: readonly PgBossJob[]): Promise<void> {
    const { boss, queue, concurrency } = this.parts;
    const planFrom = worthPlanningAmong(concurrency);
    for (const [attempt, same] of Map.groupBy(jobs, ({ attempt }) => attempt)) {
      const db = toCompleting(this.db, { retryCount: attempt - 1, places: this.getPlaces(same), planFrom });
      await boss.complete(queue, toAttempts(same), null, { db });
    }
  }

  private async touchNow(jobs: readonly ClaimedJob[]): Promise<string[]> {
    if (jobs.length === 0) return [];
    for (const job of jobs) this.moved.add(job);
    return settledIds(await this.parts.boss.touch(this.parts.queue, toAttempts(jobs), { db: this.db }));
  }

  /** @returns `undefined` unless that of all of them is known */
  private getPlaces(jobs: readonly PgBossJob[]): string[] | undefined {
    const places: string[] = [];
    for (const job of jobs) {
      if (job.place === undefined || this.moved.has(job)) return undefined;
      places.push(job.place);
    }
    return places;
  }

  /** pg-boss has no call that gives up a claim and leaves the attempt unused. */
  private updateClaimed(
    jobs: readonly ClaimedJob[],
    assignments: string,
    ...more: unknown[]
  ): { text: string; values: unknown[] } {
    return {
      text:
        `UPDATE ${this.parts.schema}.job SET ${assignments} WHERE name = $1 AND state = 'active' AND (id, retry_count) IN ` +
        `(SELECT * FROM unnest($2::uuid[], $3::int[])) RETURNING id`,
      values: [this.parts.queue, jobs.map(({ id }) => id), jobs.map(({ attempt }) => attempt - 1), ...more],
    };
  }

  private async bury(job: ClaimedJob, db: Db): Promise<void> {
    const { schema, queue, isOrdered, ties } = this.parts;
    await ties?.orderDeadLetter(db, schema, queue, job.id);
    if (!isOrdered) return;
    const text = `UPDATE ${schema}.job SET ${UNBLOCKED} WHERE name = $1 AND id = $2 AND state = 'failed'`;
    await db.executeSql(text, [queue, job.id]);
  }

  private async update(job: ClaimedJob, options: { startAfter: string }, db: Db): Promise<void> {
    await this.parts.boss.update(this.parts.queue, undefined, { id: job.id, ...options, db });
  }

  private inTransaction(work: (db: Db) => Promise<void>): Promise<void> {
    return inTransaction(this.parts.database, ({ db }) => work(db), this.parts.deadlineMs);
  }

  private get db(): Db {
    return this.parts.database.withDeadline(this.parts.deadlineMs);
  }
}

function toAttempts(jobs: readonly ClaimedJob[]): JobAttempt[] {
  return jobs.map(({ id, attempt }) => ({ id, retryCount: attempt - 1 }));
}

function affected(response: unknown): number {
  return (response as { affected: number }).affected;
}

function settledIds(response: unknown): string[] {
  return (response as { settled?: string[] }).settled ?? [];
}
