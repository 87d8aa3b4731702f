import type { Db } from 'pg-boss';

/**
 * Tells what comes first of what is of one time to pg-boss, which knows no order among it: where the time stands still,
 * that is everything.
 */
export class TieBreaker {
  private count = 0;

  /** Keeps the order in which jobs were stored. By what a `Date` can tell, as those fetched together are put in order. */
  async order(db: Db, schema: string, queue: string, ids: readonly string[]): Promise<void> {
    await db.executeSql(
      `UPDATE ${schema}.job AS job SET created_on = job.created_on + ($3 + stored.position) * interval '1 ms'
      FROM unnest($2::uuid[]) WITH ORDINALITY AS stored (id, position)
      WHERE job.name = $1 AND job.id = stored.id AND job.state = 'created' AND job.created_on = ${schema}.job_now()`,
      [queue, ids, this.take(ids.length)],
    );
  }

  /** Keeps the order in which jobs were given up, whose time is shown. */
  async orderDeadLetter(db: Db, schema: string, queue: string, id: string): Promise<void> {
    await db.executeSql(
      `UPDATE ${schema}.job SET created_on = created_on + $3 * interval '1 microsecond'
      WHERE source_name = $1 AND source_id = $2 AND state = 'created' AND created_on = ${schema}.job_now()`,
      [queue, id, this.take(1) + 1],
    );
  }

  /** @returns after how many others so many come */
  take(count: number): number {
    const before = this.count;
    this.count += count;
    return before;
  }

  /** The time has gone on by so many milliseconds. */
  move(milliseconds: number): void {
    // Never to before what there is of an earlier time.
    if (milliseconds > this.count) this.count = 0;
  }
}
