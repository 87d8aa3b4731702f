import type { Db } from 'pg-boss';
import { readProperty } from '../errors/thrown.js';

/** How pg-boss tells this claim of a job from another: by a text that the server makes of each row. */
const FENCE = /\(id::text \|\| ':' \|\| retry_count::text\) = ANY\(\$4::text\[\]\)/;

/** Which of them were completed, which nobody asks. */
const SETTLED = /SELECT COUNT\(\*\), COALESCE\(array_agg\(id\)[^]*?(?=FROM results)/;

/** What the server has indexes of, one of which it would go by. */
const QUEUE = /\bname = \$1/;
const ACTIVE = /\bstate = 'active'/g;

/** The same without them. What an array is made of when the statement runs is taken for few values, however many it has. */
const QUEUE_BY_PLACE = `(name || '') = $1 AND ctid = ANY(ARRAY(SELECT unnest($5::tid[])))`;
const ACTIVE_BY_PLACE = `state BETWEEN 'active' AND 'active'`;

interface Completing {
  /** How often each of them has been tried before. */
  readonly retryCount: number;
  /** Where their rows were when they were claimed; `undefined` where that is not known of all of them. */
  readonly places: readonly string[] | undefined;
  /** For how many of them a statement is planned, rather than prepared. */
  readonly planFrom: number;
}

/**
 * A connection with what pg-boss completes jobs with cut down to jobs of which all are claimed for the same time: then there
 * is one number to compare, and half as much to be sent.
 *
 * The server would look for them among all jobs that are running, in whatever process, and among what is left of those that
 * were while a transaction has been open. So it is told where they are.
 */
export function toCompleting(db: Db, { retryCount, places, planFrom }: Completing): Db {
  return {
    executeSql: async (text, values = []) => {
      if (!FENCE.test(text)) return db.executeSql(text, values);
      const [queue, ids, output] = values as [string, string[], unknown];
      const lean = text.replace(FENCE, 'retry_count = $4').replace(SETTLED, 'SELECT COUNT(*) ');
      // What is text already need not be looked through for what is to be escaped.
      const list = `{${ids.join(',')}}`;
      if (ids.length < planFrom || output !== null) {
        return db.executeSql(lean, [queue, list, output, retryCount]);
      }
      const literals = [toLiteral(queue), toLiteral(list), 'NULL', String(retryCount)];
      if (places !== undefined) {
        const byPlace = lean.replace(QUEUE, () => QUEUE_BY_PLACE).replace(ACTIVE, ACTIVE_BY_PLACE);
        const statement = insertLiterals(byPlace, [...literals, toLiteral(`{"${places.join('","')}"}`)]);
        const settled = await db.executeSql(`SET LOCAL enable_seqscan = off; ${statement}`);
        // Whoever has changed a row has moved it.
        if (countOf(settled) === ids.length) return settled;
      }
      return db.executeSql(insertLiterals(lean, literals));
    },
  };
}

/**
 * A statement that was prepared when there were a few jobs goes through all there are, however many these have become. So
 * that of many jobs has them written into it, and is planned each time.
 */
function insertLiterals(statement: string, literals: readonly string[]): string {
  return statement.replace(/\$([1-5])\b/g, (_, no: string) => literals[Number(no) - 1]!);
}

function toLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function countOf({ rows: [row] }: { rows: unknown[] }): number {
  return Number(readProperty(row, 'count'));
}
