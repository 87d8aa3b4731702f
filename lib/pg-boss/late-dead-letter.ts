import type { Db, PgBoss } from 'pg-boss';
import { readStatement } from './read-statement.js';

/** What a job is given for its dead letter queue where it is inserted. */
const INSERTED = /\bCOALESCE\([^()]*\bq\.dead_letter\)(?= as dead_letter,)/;

/** Which attempt this is, where it is claimed. */
const ATTEMPT =
  /\bretry_count = (CASE WHEN started_on IS NOT NULL THEN retry_count \+ 1 ELSE retry_count END)/;

/**
 * Has a statement insert what may be tried again without the name of its dead letter queue. It is given that with the claim
 * of its last attempt: it has no use for it before, and the server need not look for that queue for each job.
 */
export function withoutDeadLetter(insert: string): string {
  return insert.replace(INSERTED, 'CASE WHEN q.retry_limit = 0 THEN q.dead_letter END');
}

/** Has a statement that claims jobs name it where it is the last attempt, if it is what {@link isClaimKnown} knows. */
export function withDeadLetter(claim: string, schema: string): string {
  return claim.replace(
    ATTEMPT,
    (assignment, attempt: string) =>
      `${assignment}, dead_letter = CASE WHEN ${attempt} < retry_limit THEN j.dead_letter
        ELSE ${ownDeadLetter(schema, 'j')} END`,
  );
}

/** The name it has been given, or that of its queue. */
export function ownDeadLetter(schema: string, job: string): string {
  return `COALESCE(${job}.dead_letter, (SELECT q.dead_letter FROM ${schema}.queue q WHERE q.name = ${job}.name))`;
}

/** Whether that is how this version of pg-boss claims jobs. */
export async function isClaimKnown(boss: PgBoss, queue: string): Promise<boolean> {
  const claim = await readStatement((db) => boss.fetch(queue, { db }));
  return ATTEMPT.test(claim);
}

/** The same for another version, in the transaction that has claimed the jobs. */
export async function nameDeadLetters(
  db: Db,
  schema: string,
  queue: string,
  ids: readonly string[],
): Promise<void> {
  await db.executeSql(
    `UPDATE ${schema}.job SET dead_letter = ${ownDeadLetter(schema, 'job')}
    WHERE name = $1 AND id = ANY($2::uuid[]) AND retry_count >= retry_limit AND dead_letter IS NULL`,
    [queue, ids],
  );
}
