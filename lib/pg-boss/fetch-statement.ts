import type { Db } from 'pg-boss';
import type { Database } from './database.js';
import { withDeadLetter } from './late-dead-letter.js';
import { FETCHED_AS_ONE, FETCHED_COLUMNS, FETCHED_WITH_PLACE, toFetchedRow } from './pg-boss-job.js';

/** What pg-boss has a job returned with, three dozen columns. */
const ALL_COLUMNS = /(?<=\bRETURNING )j\.id,[^]*$/;

/** How it chooses jobs, and how it says that these are meant. */
const CHOSEN = /\bSELECT j\.id(?=\s+FROM)/;
const JOIN = /\bFROM next\s+WHERE name = ('[^']*') AND j\.id = next\.id/;

const LIMIT = /\bLIMIT \d+/;

/** In the order of the index that it is there for, however few jobs the server takes the queue to have. */
const BY_INDEX =
  'SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;';

/** Whatever the server takes the queue to have, it does not go through it for where its rows are. */
function toByPlace(text: string): string {
  return text
    .replace(CHOSEN, 'SELECT j.ctid')
    .replace(JOIN, 'WHERE j.ctid = ANY (ARRAY(SELECT ctid FROM next))');
}

interface Fetching {
  readonly batchSize: number;
  /** Whether there is much to take. */
  readonly isBusy: boolean;
  readonly database: Pick<Database, 'isPostgres' | 'isExclusive'>;
  /** The schema of pg-boss, as it is written in statements. */
  readonly schema: string;
}

/**
 * A connection with what pg-boss fetches jobs with made fit for a queue that fills within seconds, and for one that is
 * looked into for each single job.
 *
 * The server plans by what it counted a while ago, and the embedded one by nothing: jobs are then looked for among all
 * there are, and a whole backlog may be read and sorted for the next few. So while there is much to take, they are chosen by
 * the index and found by where they are. While there is little, what counts is that the statement need not be planned.
 */
export function toFetching(db: Db, { batchSize, isBusy, database, schema }: Fetching): Db {
  const { isPostgres, isExclusive } = database;
  const claim = (text: string, values: unknown[]): ReturnType<Db['executeSql']> => {
    if (!isPostgres) return db.executeSql(text.replace(ALL_COLUMNS, FETCHED_COLUMNS), values);
    const lean = text.replace(ALL_COLUMNS, isExclusive ? FETCHED_AS_ONE : FETCHED_WITH_PLACE);
    const named = withDeadLetter(lean, schema);
    const isPlain = values.length === 0 && LIMIT.test(named);
    // The embedded database prepares nothing, and never counts its rows.
    if (isPlain && (isBusy || isExclusive)) return db.executeSql(`${BY_INDEX} ${toByPlace(named)}`);
    const byId = named.replace(JOIN, 'WHERE name = $1 AND j.id = ANY (ARRAY(SELECT id FROM next))');
    if (!isPlain) return db.executeSql(byId, values);
    return db.executeSql(byId.replace(LIMIT, 'LIMIT $$1'), [batchSize]);
  };
  return {
    executeSql: async (text, values = []) => {
      const { rows } = await claim(text, values);
      return { rows: isExclusive ? rows.map(toFetchedRow) : rows };
    },
  };
}
