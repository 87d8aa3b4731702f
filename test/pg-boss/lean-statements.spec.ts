import { type Db, PgBoss } from 'pg-boss';
import { toCompleting } from '../../lib/pg-boss/complete-statement.js';
import { toFetching } from '../../lib/pg-boss/fetch-statement.js';
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

  test('a fetch returns what is looked at, and finds by id what it has chosen', async () => {
    for (const { text } of [await fetchWith(true), await fetchWith(false)]) {
      expect(text).toContain(`WHERE name = 'work' AND j.id = ANY (ARRAY(SELECT id FROM next))`);
      expect(text).toContain('AS "createdAt"');
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
  });

  test('the embedded database answers with one value for each job', async () => {
    const created = 1764228257.5;
    const row = { job: ['some id', { no: 1 }, 2, 3, 4, null, created] };
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

  test('a claim that is another one by now is not completed', async () => {
    await boss.deleteAllJobs('work');
    const ids = [await boss.send('work', {}), await boss.send('work', {})] as string[];
    await boss.fetch('work', { batchSize: 2 });
    const { db, statements } = createRecorder();
    const both = (retryCount: number) => ids.map((id) => ({ id, retryCount }));
    await boss.complete('work', both(1), null, { db: toCompleting(db, 1) });
    expect(statements[0]!.text).toContain('retry_count = $4');
    expect(statements[0]!.text).not.toContain('array_agg');
    expect(statements[0]!.values).toEqual(['work', `{${ids.join(',')}}`, null, 1]);

    const complete = (retryCount: number) =>
      boss.complete('work', both(retryCount), null, { db: toCompleting(boss.getDb(), retryCount) });
    await expect(complete(1)).resolves.toMatchObject({ affected: 0 });
    await expect(complete(0)).resolves.toMatchObject({ affected: 2 });
  });

  test('many are completed by a statement that is planned for them', async () => {
    await boss.deleteAllJobs('work');
    const count = 12;
    await boss.insert(
      'work',
      Array.from({ length: count }, () => ({})),
    );
    const jobs = await boss.fetch('work', { batchSize: count });
    const { db, statements } = createRecorder();
    const attempts = jobs.map(({ id }) => ({ id, retryCount: 0 }));
    await boss.complete('work', attempts, null, { db: toCompleting(db, 0) });
    const [{ text, values } = { text: '', values: undefined }] = statements;
    expect(values ?? []).toEqual([]);
    expect(text).toContain(`name = 'work'`);
    expect(text).toContain('retry_count = 0');
    expect(text).toContain('output = NULL::jsonb');
    expect(text).not.toContain('$');

    const complete = (retryCount: number) =>
      boss.complete(
        'work',
        jobs.map(({ id }) => ({ id, retryCount })),
        null,
        { db: toCompleting(boss.getDb(), retryCount) },
      );
    await expect(complete(1)).resolves.toMatchObject({ affected: 0 });
    await expect(complete(0)).resolves.toMatchObject({ affected: count });
  });
});
