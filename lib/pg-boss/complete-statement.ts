import type { Db } from 'pg-boss';
import { WORTH_PLANNING } from './worth-planning.js';

/** How pg-boss tells this claim of a job from another: by a text that the server makes of each row. */
const FENCE = /\(id::text \|\| ':' \|\| retry_count::text\) = ANY\(\$4::text\[\]\)/;

/** Which of them were completed, which nobody asks. */
const SETTLED = /SELECT COUNT\(\*\), COALESCE\(array_agg\(id\)[^]*?(?=FROM results)/;

/**
 * A connection with what pg-boss completes jobs with cut down to jobs of which all are claimed for the same time: then there
 * is one number to compare, and half as much to be sent.
 *
 * A statement that was prepared when there were a few jobs goes through all there are, however many these have become. So
 * that of many jobs has them written into it, and is planned each time.
 */
export function toCompleting(db: Db, retryCount: number): Db {
  return {
    executeSql: (text, values = []) => {
      if (!FENCE.test(text)) return db.executeSql(text, values);
      const [queue, ids, output] = values as [string, string[], unknown];
      const lean = text.replace(FENCE, 'retry_count = $4').replace(SETTLED, 'SELECT COUNT(*) ');
      // What is text already need not be looked through for what is to be escaped.
      const list = `{${ids.join(',')}}`;
      if (ids.length < WORTH_PLANNING || output !== null) {
        return db.executeSql(lean, [queue, list, output, retryCount]);
      }
      const literals = [toLiteral(queue), toLiteral(list), 'NULL', String(retryCount)];
      return db.executeSql(lean.replace(/\$([1-4])\b/g, (_, no: string) => literals[Number(no) - 1]!));
    },
  };
}

function toLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
