import type { Db, PgBoss } from 'pg-boss';
import { readProperty } from '../errors/thrown.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';

/** What the server says of an id that is there already. */
const UNIQUE_VIOLATION = '23505';

/** The columns that pg-boss reads of each job. */
const COLUMNS = /\bjson_to_recordset\(\$1::text::json\) as x \(([^)]*)\)/;
const CONFLICT = 'ON CONFLICT DO NOTHING';

/** An insert and, around it, what tells workers of it. */
const ANNOUNCED = /^\s*WITH ins AS \(([^]*)\bRETURNING id, start_after\s*\),\s*notified AS \([^]*$/;

/** What the name of the queue is taken from, and where its row is. */
const NAME = /'[^']*' as name(?=,)/;
const QUEUE = / q ON q\.name = '[^']*'/;

interface PlainInsertOptions {
  /** Whether no other process has the database. */
  readonly isExclusive: boolean;
}

/**
 * Inserts jobs that are nothing but an id and data, as most are, by pg-boss's own statement with what these do without
 * cut out of it: two dozen options that would be looked for in each, and the search for ids that are there already.
 */
export class PlainInsert {
  private readonly statements = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly boss: PgBoss,
    private readonly options: PlainInsertOptions,
  ) {}

  /**
   * All or none.
   *
   * @returns `false` if that is not the way to store them: nothing is stored then
   */
  async insert(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<boolean> {
    if (!deliveries.every(isPlain)) return false;
    const statement = await this.getStatement(db, queue);
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

  private getStatement(db: Db, queue: string): Promise<string | undefined> {
    let statement = this.statements.get(queue);
    if (statement === undefined) {
      statement = this.createStatement(db, queue);
      this.statements.set(queue, statement);
      statement.catch(() => this.statements.delete(queue));
    }
    return statement;
  }

  private async createStatement(db: Db, queue: string): Promise<string | undefined> {
    const statement = cutDown(await readStatement(this.boss, queue));
    if (statement === undefined || !this.options.isExclusive) return statement;
    return (await hasTriggers(db, statement)) ? statement : trustQueue(statement);
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

/**
 * Where no other process has the database, there is nobody to tell. Its queues are there for as long as this one needs them:
 * they are looked for once, where the server would look for both the queue and that of its dead letters for each job.
 */
function trustQueue(statement: string): string {
  const insert = ANNOUNCED.exec(statement)?.[1];
  if (insert === undefined || !NAME.test(insert) || !QUEUE.test(insert)) return statement;
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

/** Whether somebody has put triggers on the table: those would not be run either. */
async function hasTriggers(db: Db, statement: string): Promise<boolean> {
  const table = /\bINSERT INTO (\S+)/.exec(statement)?.[1];
  const { rows } = await db.executeSql(
    'SELECT FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal',
    [table],
  );
  return rows.length > 0;
}
