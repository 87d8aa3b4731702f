import { type Db, PgBoss } from 'pg-boss';
import { toCompleting } from '../../lib/pg-boss/complete-statement.js';
import type { Database } from '../../lib/pg-boss/database.js';
import { createFetch } from '../../lib/pg-boss/fetch-jobs.js';
import { toFetching } from '../../lib/pg-boss/fetch-statement.js';
import { type FetchedRow, type PgBossJob, toJob } from '../../lib/pg-boss/pg-boss-job.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';

interface Statement {
  readonly text: string;
  readonly values: unknown[] | undefined;
}

/** A connection that runs nothing, and what it was asked for. */
function createRecorder(): { db: Db; statements: Statement[] } {
  const statements: Statement[] = [];
  const db: Db = {
    executeSql: async (text, values) => {
      statements.push({ text, values });
      return { rows: [{ count: '0' }] };
    },
  };
  return { db, statements };
}

const toAttempts = (jobs: readonly PgBossJob[], retryCount = 0) => jobs.map(({ id }) => ({ id, retryCount }));

/** What these are cut down from is pg-boss's own business, and may change with each of its versions. */
describePostgres('Of what pg-boss has the server do', () => {
  const schema = useSchema();
  const options = { connectionString: DATABASE_URL, supervise: false, schedule: false };
  let boss: PgBoss;

  beforeAll(async () => {
    boss = new PgBoss({ ...options, schema: schema.name });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue('work');
  });

  afterAll(() => boss.stop({ graceful: false }));

  const fetchWith = async (isBusy: boolean, isPostgres = true): Promise<Statement> => {
    const { db, statements } = createRecorder();
    const lean = toFetching(db, {
      batchSize: 7,
      isBusy,
      database: { isPostgres, isExclusive: false },
      schema: schema.name,
    });
    await boss.fetch('work', { batchSize: 7, includeMetadata: true, db: lean });
    expect(statements).toHaveLength(1);
    return statements[0]!;
  };

  test('a fetch returns what is looked at, and finds what it has chosen by where it is, or by its id', async () => {
    const [ofMany, ofFew] = [await fetchWith(true), await fetchWith(false)];
    expect(ofMany.text).toContain('WHERE j.ctid = ANY (ARRAY(SELECT ctid FROM next))');
    expect(ofFew.text).toContain(`WHERE name = 'work' AND j.id = ANY (ARRAY(SELECT id FROM next))`);
    for (const { text } of [ofMany, ofFew]) {
      expect(text).toContain('AS "createdAt", j.ctid AS place');
      expect(text).not.toContain('keep_until');
    }
  });

  test('one for many jobs goes by the index, and one for a few jobs can be prepared, whatever their number', async () => {
    const ofMany = await fetchWith(true);
    expect(ofMany.text).toMatch(/^SET LOCAL enable_bitmapscan = off;.*\bLIMIT 7\b/s);
    expect(ofMany.values ?? []).toEqual([]);
    const ofFew = await fetchWith(false);
    expect(ofFew.text).toMatch(/^\s*WITH\b.*\bLIMIT \$1\s/s);
    expect(ofFew.values).toEqual([7]);
  });

  test('other servers are given only columns that they know as well', async () => {
    const { text } = await fetchWith(true, false);
    expect(text).toContain('AS "createdAt"');
    expect(text).toContain('j.id = next.id');
    expect(text).not.toContain('SET LOCAL');
    expect(text).not.toContain('ctid');
  });

  test('the embedded database answers with one value for each job', async () => {
    const created = 1764228257.5;
    const row = { job: ['some id', { no: 1 }, 2, 3, 4, null, created, '(5,6)'] };
    let statement = '';
    const answering: Db = {
      executeSql: async (text) => {
        statement = text;
        return { rows: [row] };
      },
    };
    const database = { isPostgres: true, isExclusive: true };
    const db = toFetching(answering, { batchSize: 1, isBusy: false, database, schema: schema.name });
    await expect(boss.fetch('work', { batchSize: 1, includeMetadata: true, db })).resolves.toEqual([
      {
        id: 'some id',
        data: { no: 1 },
        retryCount: 2,
        retryLimit: 3,
        priority: 4,
        output: null,
        createdAt: created,
        place: '(5,6)',
      },
    ]);
    expect(statement).toMatch(
      /^SET LOCAL enable_bitmapscan = off;.*\bRETURNING json_build_array\(j\.id, [^;]*\) AS job\s*$/s,
    );
  });

  test('a claim gives jobs their dead letter queue where it is the last', async () => {
    const { text } = await fetchWith(true);
    expect(text).toContain('ELSE retry_count END, dead_letter = CASE WHEN');
  });

  /** Several statements have several results. */
  const runAll = async (text: string, values?: unknown[]): Promise<{ rows: unknown[] }> => {
    const result = await boss.getDb().executeSql(text, values);
    return Array.isArray(result) ? (result as { rows: unknown[] }[]).at(-1)! : result;
  };

  test('both take what waits, first what was stored first', async () => {
    for (const isBusy of [true, false]) {
      await boss.deleteAllJobs('work');
      for (const no of [1, 2, 3]) await boss.send('work', { no });
      const database = { isPostgres: true, isExclusive: false };
      const fetching = { batchSize: 2, isBusy, database, schema: schema.name };
      const db = toFetching({ executeSql: runAll }, fetching);
      const jobs = await boss.fetch<{ no: number }>('work', { batchSize: 2, includeMetadata: true, db });
      expect(new Set(jobs.map(({ data }) => data.no))).toEqual(new Set([1, 2]));
    }
  });

  const completing = { places: undefined, planFrom: 10 };

  test('what was stored at the same moment is taken in the order of its ids', async () => {
    await boss.deleteAllJobs('work');
    const ids = Array.from({ length: 20 }, (_, no) => `00000000-0000-7000-8000-0000000000${99 - no}`);
    await boss.insert(
      'work',
      ids.map((id) => ({ id })),
    );
    const db: Db = { executeSql: runAll };
    const database = { isPostgres: true, isExclusive: false, withDeadline: () => db } as unknown as Database;
    const parts = { boss, database, schema: schema.name, queue: 'work', deadlineMs: 5000 };
    const fetch = createFetch({ ...parts, groupConcurrency: undefined });
    for (const size of [10, 10]) {
      const taken = (await fetch(size)).map(({ id }) => id);
      expect(taken).toHaveLength(size);
      expect(taken).toEqual(taken.toSorted());
    }
  });

  test('a claim that is another one by now is not completed', async () => {
    await boss.deleteAllJobs('work');
    const ids = [await boss.send('work', {}), await boss.send('work', {})] as string[];
    await boss.fetch('work', { batchSize: 2 });
    const { db, statements } = createRecorder();
    const both = (retryCount: number) => ids.map((id) => ({ id, retryCount }));
    await boss.complete('work', both(1), null, { db: toCompleting(db, { ...completing, retryCount: 1 }) });
    expect(statements[0]!.text).toContain('retry_count = $4');
    expect(statements[0]!.text).not.toContain('array_agg');
    expect(statements[0]!.values).toEqual(['work', `{${ids.join(',')}}`, null, 1]);

    const complete = (retryCount: number) =>
      boss.complete('work', both(retryCount), null, {
        db: toCompleting(boss.getDb(), { ...completing, retryCount }),
      });
    await expect(complete(1)).resolves.toMatchObject({ affected: 0 });
    await expect(complete(0)).resolves.toMatchObject({ affected: 2 });
  });

  const COUNT = 12;

  const fetchMany = async (): Promise<PgBossJob[]> => {
    await boss.deleteAllJobs('work');
    await boss.insert(
      'work',
      Array.from({ length: COUNT }, () => ({})),
    );
    const database = { isPostgres: true, isExclusive: false };
    const fetching = { batchSize: COUNT, isBusy: true, database, schema: schema.name };
    const db = toFetching({ executeSql: runAll }, fetching);
    const rows: unknown = await boss.fetch('work', { batchSize: COUNT, includeMetadata: true, db });
    return (rows as FetchedRow[]).map(toJob);
  };

  test('many are completed by a statement that is planned for them', async () => {
    const jobs = await fetchMany();
    const { db, statements } = createRecorder();
    const lean = toCompleting(db, { ...completing, retryCount: 0 });
    await boss.complete('work', toAttempts(jobs), null, { db: lean });
    const [{ text, values } = { text: '', values: undefined }] = statements;
    expect(values ?? []).toEqual([]);
    expect(text).toContain(`name = 'work'`);
    expect(text).toContain('retry_count = 0');
    expect(text).toContain('output = NULL::jsonb');
    expect(text).not.toContain('$');

    const complete = (retryCount: number) =>
      boss.complete('work', toAttempts(jobs, retryCount), null, {
        db: toCompleting(boss.getDb(), { ...completing, retryCount }),
      });
    await expect(complete(1)).resolves.toMatchObject({ affected: 0 });
    await expect(complete(0)).resolves.toMatchObject({ affected: COUNT });
  });

  test('so are a few, where that is said', async () => {
    const jobs = (await fetchMany()).slice(0, 1);
    const { db, statements } = createRecorder();
    const lean = toCompleting(db, { ...completing, retryCount: 0, planFrom: 1 });
    await boss.complete('work', toAttempts(jobs), null, { db: lean });
    expect(statements[0]!.values ?? []).toEqual([]);
  });

  /** Completes jobs where their rows are said to be. @returns how many statements that took */
  const completeAt = async (
    jobs: readonly PgBossJob[],
    places: string[],
    retryCount = 0,
  ): Promise<number> => {
    const statements: string[] = [];
    const recording: Db = {
      executeSql: async (text, values) => {
        statements.push(text);
        return runAll(text, values);
      },
    };
    const db = toCompleting(recording, { retryCount, places, planFrom: 1 });
    await boss.complete('work', toAttempts(jobs, retryCount), null, { db });
    return statements.length;
  };

  const countActive = async (): Promise<number> => {
    const text = `SELECT count(*)::int AS count FROM ${schema.name}.job WHERE state = 'active'`;
    const [row] = await schema.query<{ count: number }>(text);
    return row!.count;
  };

  test('jobs are completed where their rows are, and looked for where these have been moved', async () => {
    const jobs = await fetchMany();
    const places = jobs.map(({ place }) => place!);
    await expect(completeAt(jobs.slice(0, 4), places.slice(0, 4))).resolves.toBe(1);
    await expect(countActive()).resolves.toBe(COUNT - 4);
    await boss.touch('work', jobs[4]!.id);
    await expect(completeAt(jobs.slice(4, 8), places.slice(4, 8))).resolves.toBe(2);
    await expect(countActive()).resolves.toBe(COUNT - 8);
  });

  test('whose row is elsewhere by now, and another claim, are left alone', async () => {
    const jobs = await fetchMany();
    const places = jobs.map(({ place }) => place!);
    await completeAt(jobs.slice(0, 1), places.slice(1));
    await expect(countActive()).resolves.toBe(COUNT - 1);
    await completeAt(jobs, places, 1);
    await expect(countActive()).resolves.toBe(COUNT - 1);
  });

  /** What the server would do. */
  const explain = async (text: string): Promise<string> => {
    const settings = text.match(/SET LOCAL [^;]*;/g) ?? [];
    const statement = settings.reduce((rest, setting) => rest.replace(setting, ''), text);
    const { rows } = await runAll(`${settings.join('')} EXPLAIN ${statement}`);
    return (rows as { 'QUERY PLAN': string }[]).map((row) => row['QUERY PLAN']).join('\n');
  };

  test('neither goes through a queue that the server has not counted yet', async () => {
    await boss.createQueue('other');
    const done = Array.from({ length: 2000 }, () => ({}));
    await boss.insert('other', done);
    await schema.query(`ANALYZE ${schema.name}.job_common`);
    const jobs = await fetchMany();
    const { db, statements } = createRecorder();
    const places = jobs.map(({ place }) => place!);
    const lean = toCompleting(db, { retryCount: 0, places, planFrom: 1 });
    await boss.complete('work', toAttempts(jobs), null, { db: lean });
    for (const { text } of [await fetchWith(true), statements[0]!]) {
      const plan = await explain(text);
      expect(plan).toMatch(/Tid Scan on job_common/);
      expect(plan).not.toMatch(/Seq Scan on job_common|job_common_(?:pkey|i14|i15)/);
    }
  });
});
