import type { Db, PgBoss } from 'pg-boss';
import { isClaimKnown, withoutDeadLetter } from './late-dead-letter.js';
import { readStatement } from './read-statement.js';

/** The columns that pg-boss reads of each job. */
const COLUMNS = /\bjson_to_recordset\(\$1::text::json\) as x \(([^)]*)\)/;
const CONFLICT = 'ON CONFLICT DO NOTHING';

/** An insert and, around it, what tells workers of it. */
const ANNOUNCED =
  /^\s*WITH ins AS \(([^]*)\bRETURNING id, start_after\s*\),\s*notified AS \(\s*(SELECT pg_notify\([^]*?\))\s+FROM ins\b[^]*$/;

/** What the name of the queue is taken from, and where its row is. */
const NAME = /'[^']*' as name(?=,)/;
const QUEUE = / q ON q\.name = '[^']*'/;

/** What pg-boss takes for the time, and the last of what it inserts. */
const NOW = /(\S+\.job_now\(\)) as created_on/;
const LAST_COLUMN = /\btrace_context(?=\s*\)\s*SELECT\b)/;
const LAST_VALUE = /"__traceContext" as trace_context(?=\s*FROM\b)/;

/** What inserts jobs into one queue. */
export interface PlainStatements {
  /** For whoever works the queue. */
  readonly announced: string;
  /** The same in two statements, where there are others to tell: what inserts them, and what tells of it. */
  readonly unannounced: { readonly insert: string; readonly announce: string } | undefined;
  /** For this process alone; it gives how often each may be tried again. `undefined` where there is no such statement. */
  readonly taken: string | undefined;
}

/**
 * Makes them of pg-boss's own statement.
 *
 * @param isExclusive whether no other process has the database
 * @returns `undefined` if it is not what is known of pg-boss
 */
export async function createPlainStatements(
  boss: PgBoss,
  db: Db,
  queue: string,
  isExclusive: boolean,
): Promise<PlainStatements | undefined> {
  const lean = cutDown(await readStatement((recorder) => boss.insert(queue, [{}], { db: recorder })));
  if (lean === undefined) return undefined;
  const announced = (await isClaimKnown(boss, queue)) ? withoutDeadLetter(lean) : lean;
  const [, insert, announce] = ANNOUNCED.exec(announced) ?? [];
  if (insert === undefined || announce === undefined) {
    return { announced, unannounced: undefined, taken: undefined };
  }
  const trusting = isExclusive && !(await hasTriggers(db, insert)) ? trustQueue(insert) : undefined;
  return {
    announced: trusting ?? announced,
    unannounced: isExclusive ? undefined : { insert, announce },
    taken: toTaken(trusting ?? insert),
  };
}

/** @returns `undefined` if it is not what is known of pg-boss */
function cutDown(statement: string): string | undefined {
  const columns = COLUMNS.exec(statement)?.[1]
    ?.split(',')
    .map((column) => column.trim());
  const isKnown = columns?.includes('id uuid') && columns.includes('data jsonb');
  if (columns === undefined || isKnown !== true || !statement.includes(CONFLICT)) return undefined;
  const absent = columns
    .filter((column) => !/^(?:id|data) /.test(column))
    .map((column) => column.replace(/^(\S+) (.+)$/, 'NULL::$2 AS $1'));
  const jobs = 'ROWS FROM (unnest($1::uuid[]), jsonb_array_elements($2::jsonb)) AS job (id, data)';
  return statement
    .replace(COLUMNS, () => `(SELECT job.*, ${absent.join(', ')} FROM ${jobs}) AS x`)
    .replace(CONFLICT, '');
}

/**
 * Where no other process has the database, there is nobody to tell. Its queues are there for as long as this one needs them:
 * they are looked for once, where the server would look for both the queue and that of its dead letters for each job.
 *
 * @returns `undefined` if it is not what is known of pg-boss
 */
function trustQueue(insert: string): string | undefined {
  if (!NAME.test(insert) || !QUEUE.test(insert)) return undefined;
  return (
    insert
      // There is none without a queue.
      .replace(NAME, 'q.name AS name')
      .replace(
        QUEUE,
        (queue) => `${queue}, (SELECT set_config('session_replication_role', 'replica', true)) AS trust`,
      )
  );
}

/**
 * Has a job inserted as pg-boss leaves one that it has just been fetched.
 *
 * @returns `undefined` if it is not what is known of pg-boss
 */
function toTaken(insert: string): string | undefined {
  const now = NOW.exec(insert)?.[1];
  if (now === undefined || !LAST_COLUMN.test(insert) || !LAST_VALUE.test(insert)) return undefined;
  const taken = insert
    .replace(LAST_COLUMN, '$&, state, started_on, heartbeat_on')
    .replace(LAST_VALUE, `$&, 'active', ${now}, ${now}`);
  return `WITH ins AS (${taken} RETURNING retry_limit) SELECT min(retry_limit) AS "retryLimit" FROM ins`;
}

/** Whether somebody has put triggers on the table: those would not be run either. */
async function hasTriggers(db: Db, statement: string): Promise<boolean> {
  const table = /\bINSERT INTO (\S+)/.exec(statement)?.[1];
  const { rows } = await db.executeSql(
    'SELECT FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal',
    [table],
  );
  return rows.length > 0;
}
