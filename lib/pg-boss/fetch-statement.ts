import type { Db } from 'pg-boss';
import { FETCHED_COLUMNS } from './pg-boss-job.js';

/** What pg-boss has a job returned with, three dozen columns. */
const ALL_COLUMNS = /(?<=\bRETURNING j\.)id,[^]*$/;

/** How it says which jobs are meant. */
const JOIN = /\bFROM next\s+WHERE name = ('[^']*') AND j\.id = next\.id/;

const LIMIT = /\bLIMIT \d+/;

/** In the order of the index that it is there for, however few jobs the server takes the queue to have. */
const BY_INDEX =
  'SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;';

interface Fetching {
  readonly batchSize: number;
  /** Whether there is much to take. */
  readonly isBusy: boolean;
  /** Whether the server is PostgreSQL itself, and plans as that does. */
  readonly isPostgres: boolean;
}

/**
 * A connection with what pg-boss fetches jobs with made fit for a queue that fills within seconds, and for one that is
 * looked into for each single job.
 *
 * The server plans by what it counted a while ago, and the embedded one by nothing: jobs are then looked for among all
 * there are, and a whole backlog may be read and sorted for the next few. So they are found by their ids, and while there
 * is much to take, by the index. While there is little, what counts is that the statement need not be planned.
 */
export function toFetching(db: Db, { batchSize, isBusy, isPostgres }: Fetching): Db {
  return {
    executeSql: (text, values = []) => {
      const lean = text.replace(ALL_COLUMNS, FETCHED_COLUMNS);
      if (!isPostgres) return db.executeSql(lean, values);
      const byId = lean.replace(JOIN, 'WHERE name = $1 AND j.id = ANY (ARRAY(SELECT id FROM next))');
      if (values.length > 0 || !LIMIT.test(byId)) return db.executeSql(byId, values);
      return isBusy
        ? db.executeSql(`${BY_INDEX} ${byId}`)
        : db.executeSql(byId.replace(LIMIT, 'LIMIT $$1'), [batchSize]);
    },
  };
}
