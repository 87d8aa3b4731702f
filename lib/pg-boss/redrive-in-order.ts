import type { Db, PgBoss } from 'pg-boss';
import type { Database } from './database.js';
import { inTransaction } from './in-transaction.js';
import type { MovedTime } from './moved-time.js';
import { ORDERED_SUFFIX } from './pg-boss.mapper.js';

/** What a redrive needs. */
export interface RedriveParts {
  readonly boss: PgBoss;
  readonly database: Database;
  /** The schema of pg-boss, as it is written in statements. */
  readonly schema: string;
  /** Where a test moves the time. */
  readonly time: MovedTime | undefined;
  /** Within which each statement is to settle. */
  readonly deadlineMs: number;
}

/** Which dead letters are meant, as pg-boss takes it. */
export interface RedriveFilter {
  readonly sourceName?: string;
  readonly data?: object;
  readonly createdBefore?: Date;
  readonly ids?: string[];
}

/**
 * Puts dead letters back into their queues. Those of one redrive have one time to pg-boss, and new ids at random;
 * where they have ordering keys, they are given times that keep them in the order they were in.
 *
 * @returns how many
 */
export async function redriveInOrder(
  { boss, database, schema, time, deadlineMs }: RedriveParts,
  deadLetterQueue: string,
  options: RedriveFilter & { readonly limit: number },
): Promise<number> {
  if (options.sourceName !== undefined && !options.sourceName.endsWith(ORDERED_SUFFIX)) {
    return boss.redrive(deadLetterQueue, { ...options, db: database.withDeadline(deadlineMs) });
  }
  const redrive = async (db: Db): Promise<number> => {
    const ordered = await findOrdered(db, schema, deadLetterQueue, options);
    const moved = await boss.redrive(deadLetterQueue, { ...options, db });
    if (ordered.length > 1) await putInOrder(db, schema, ordered, time?.ties.take(ordered.length));
    return moved;
  };
  return inTransaction(database, ({ db }) => redrive(db), deadlineMs);
}

/** What the dead letters with ordering keys were at first, oldest first. */
async function findOrdered(
  db: Db,
  schema: string,
  deadLetterQueue: string,
  { sourceName, data, createdBefore, ids, limit }: RedriveFilter & { readonly limit: number },
): Promise<string[]> {
  const { rows } = await db.executeSql(
    `SELECT COALESCE(source_root_id, source_id) AS root FROM ${schema}.job
    WHERE name = $1 AND source_name LIKE '%${ORDERED_SUFFIX}'
      AND ($2::text IS NULL OR source_name = $2)
      AND ($3::text::jsonb IS NULL OR data @> $3::text::jsonb)
      AND ($4::timestamptz IS NULL OR created_on < $4)
      AND ($5::uuid[] IS NULL OR id = ANY($5::uuid[]))
    ORDER BY created_on LIMIT $6`,
    [
      deadLetterQueue,
      sourceName ?? null,
      data === undefined ? null : JSON.stringify(data),
      createdBefore ?? null,
      ids ?? null,
      limit,
    ],
  );
  return (rows as { root: string }[]).map(({ root }) => root);
}

/**
 * The time of the transaction is that of the redrive; none is later, so that they stay before what comes then. Where the
 * time stands still, they come after what was there before.
 */
async function putInOrder(db: Db, schema: string, roots: readonly string[], before?: number): Promise<void> {
  const unit = before === undefined ? 'microsecond' : 'ms';
  await db.executeSql(
    `UPDATE ${schema}.job AS job SET created_on = job.created_on + ($2 + root.position) * interval '1 ${unit}'
    FROM unnest($1::uuid[]) WITH ORDINALITY AS root (id, position)
    WHERE job.source_root_id = root.id AND job.name LIKE '%${ORDERED_SUFFIX}' AND job.state = 'created'
      AND job.created_on = ${schema}.job_now()`,
    [roots, before ?? -roots.length],
  );
}
