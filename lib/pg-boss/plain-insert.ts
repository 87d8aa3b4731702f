import type { Db, PgBoss } from 'pg-boss';
import { readProperty } from '../errors/thrown.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';

/** What the server says of an id that is there already. */
const UNIQUE_VIOLATION = '23505';

/** The columns that pg-boss reads of each job. */
const COLUMNS = /\bjson_to_recordset\(\$1::text::json\) as x \(([^)]*)\)/;
const CONFLICT = 'ON CONFLICT DO NOTHING';

/**
 * Inserts jobs that are nothing but an id and data, as most are, by pg-boss's own statement with what these do without
 * cut out of it: two dozen options that would be looked for in each, and the search for ids that are there already.
 */
export class PlainInsert {
  private readonly statements = new Map<string, Promise<string | undefined>>();

  constructor(private readonly boss: PgBoss) {}

  /**
   * All or none.
   *
   * @returns `false` if that is not the way to store them: nothing is stored then
   */
  async insert(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<boolean> {
    if (!deliveries.every(isPlain)) return false;
    const statement = await this.getStatement(queue);
    if (statement === undefined) return false;
    const ids = `{${deliveries.map(({ id }) => id).join(',')}}`;
    try {
      await db.executeSql(statement, [ids, JSON.stringify(deliveries.map(({ data }) => data))]);
      return true;
    } catch (error) {
      if (readProperty(error, 'code') === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }

  private getStatement(queue: string): Promise<string | undefined> {
    let statement = this.statements.get(queue);
    if (statement === undefined) {
      statement = readStatement(this.boss, queue).then(cutDown);
      this.statements.set(queue, statement);
      statement.catch(() => this.statements.delete(queue));
    }
    return statement;
  }
}

function isPlain({ isNew, options }: StoredDelivery): boolean {
  if (isNew !== true) return false;
  for (const _ in options) return false;
  return true;
}

/** What pg-boss would have the server do; it is not done. */
async function readStatement(boss: PgBoss, queue: string): Promise<string> {
  let statement = '';
  const db: Db = {
    executeSql: async (text) => {
      statement = text;
      return { rows: [] };
    },
  };
  await boss.insert(queue, [{}], { db });
  return statement;
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
