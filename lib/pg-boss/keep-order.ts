import type { Db } from 'pg-boss';

/**
 * Puts jobs that were inserted just now behind those that wait for the same ordering keys, in the order of their ids
 * as they are given here. To pg-boss, all jobs of a transaction are of the time at which it began, and those of one
 * time are in the order of ids, which are hashes.
 *
 * The time is asked for once: it goes on from one row to the next, in whatever order the server comes upon them.
 */
export async function keepOrder(
  db: Db,
  schema: string,
  queue: string,
  ids: readonly string[],
): Promise<void> {
  await db.executeSql(
    `UPDATE ${schema}.job AS job SET created_on = greatest(
        ${schema}.job_now() + ((SELECT clock_timestamp()) - now()),
        (SELECT max(other.created_on) FROM ${schema}.job AS other
          WHERE other.name = $1 AND other.singleton_key = job.singleton_key AND other.state < 'active'
            AND other.created_on > ${schema}.job_now())
      ) + stored.position * interval '1 microsecond'
    FROM unnest($2::uuid[]) WITH ORDINALITY AS stored (id, position)
    WHERE job.name = $1 AND job.id = stored.id AND job.state = 'created' AND job.created_on = ${schema}.job_now()`,
    [queue, ids],
  );
}
