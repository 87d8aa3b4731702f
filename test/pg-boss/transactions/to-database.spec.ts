import { PgBoss } from 'pg-boss';
import { InvalidTransactionError } from '../../../lib/errors/index.js';
import { openPostgresDatabase, type OpenedPostgres } from '../../../lib/pg-boss/postgres/index.js';
import { toDatabase } from '../../../lib/pg-boss/transactions/index.js';
import { rejectionOf } from '../../support/drivers.js';
import { DATABASE_URL, describePostgres, useSchema } from '../../support/postgres.js';
import { LIBRARIES, type TransactionLibrary } from './libraries.js';

const QUEUE = 'orders';
const SECRET = 's3cr3t-canary';

/** What the work throws to have everything rolled back. */
class RollBack extends Error {}

describePostgres('a transaction of the application', () => {
  const schema = useSchema();
  const errors: unknown[] = [];
  let database: OpenedPostgres;
  let boss: PgBoss;

  beforeAll(async () => {
    database = openPostgresDatabase({ connection: DATABASE_URL, onError: (error) => errors.push(error) });
    boss = new PgBoss({ db: database.db, schema: schema.name, supervise: false, schedule: false });
    boss.on('error', (error) => errors.push(error));
    await boss.start();
    await boss.createQueue(QUEUE);
    await schema.query(`CREATE TABLE ${schema.name}.thing (id int PRIMARY KEY, data jsonb)`);
  });

  afterEach(async () => {
    await boss.deleteAllJobs(QUEUE);
    await schema.query(`TRUNCATE ${schema.name}.thing`);
  });

  afterAll(async () => {
    await boss.stop({ graceful: false });
    await database.close(1000);
    expect(errors).toEqual([]);
  });

  async function readJobs(): Promise<number[]> {
    const rows = await schema.query<{ number: number }>(
      `SELECT (data->>'number')::int AS number FROM ${schema.name}.job WHERE name = $1 ORDER BY 1`,
      [QUEUE],
    );
    return rows.map(({ number }) => number);
  }

  /** Stores one job by itself and two at once. */
  async function store(transaction: unknown, first: number): Promise<void> {
    const db = toDatabase(transaction);
    await boss.send(QUEUE, { number: first }, { db });
    const jobs = [first + 1, first + 2].map((number) => ({ data: { number }, priority: 1 }));
    expect(await boss.insert(QUEUE, jobs, { db, returnId: true })).toHaveLength(2);
  }

  describe.each(Object.entries(LIBRARIES))('of %s', (_, open) => {
    let library: TransactionLibrary;

    beforeAll(async () => {
      library = await open();
    });

    afterAll(() => library.close());

    it('has stored jobs once it is committed, and not before', async () => {
      await library.run(async (transaction) => {
        await store(transaction, 1);
        expect(await readJobs()).toEqual([]);
      });
      expect(await readJobs()).toEqual([1, 2, 3]);
    });

    it('has stored nothing once it is rolled back', async () => {
      const rolledBack = library.run(async (transaction) => {
        await store(transaction, 1);
        throw new RollBack();
      });
      await expect(rolledBack).rejects.toThrow(RollBack);
      expect(await readJobs()).toEqual([]);
    });

    it('has stored only the rest where a part of it is rolled back', async () => {
      await library.run(async (transaction) => {
        await store(transaction, 1);
        const nested = library.runNested(transaction, async (inner) => {
          await store(inner, 11);
          throw new RollBack();
        });
        await expect(nested).rejects.toThrow(RollBack);
        await library.runNested(transaction, (inner) => store(inner, 21));
        await store(transaction, 31);
      });
      expect(await readJobs()).toEqual([1, 2, 3, 21, 22, 23, 31, 32, 33]);
    });

    it('takes jobs and completes them, by lists of ids', async () => {
      await boss.insert(QUEUE, [{ data: { number: 1 } }, { data: { number: 2 } }]);
      await library.run(async (transaction) => {
        const db = toDatabase(transaction);
        const jobs = await boss.fetch(QUEUE, { db, batchSize: 2 });
        expect(jobs).toHaveLength(2);
        await boss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
          { done: true },
          { db },
        );
      });
      const states = await schema.query(`SELECT DISTINCT state::text FROM ${schema.name}.job`);
      expect(states).toEqual([{ state: 'completed' }]);
    });

    it('gives the rows of statements of every kind', async () => {
      const table = `${schema.name}.thing`;
      await library.run(async (transaction) => {
        const db = toDatabase(transaction);
        const run = async (text: string, values?: unknown[]) => [...(await db.executeSql(text, values)).rows];
        expect(
          await run(`INSERT INTO ${table} VALUES ($1, $2::jsonb) RETURNING id AS snake_case`, [1, '{"a":1}']),
        ).toEqual([{ snake_case: 1 }]);
        expect(
          await run(`UPDATE ${table} SET id = $1::int + $1::int WHERE data ? $2 RETURNING id`, [1, 'a']),
        ).toEqual([{ id: 2 }]);
        expect(await run(`SELECT id FROM ${table} WHERE id = ANY($1::int[])`, [[2, 3]])).toEqual([{ id: 2 }]);
        expect(await run(`SELECT id FROM ${table} WHERE id = ANY($1::int[])`, [[]])).toEqual([]);
        expect(
          await run(`WITH gone AS (DELETE FROM ${table} RETURNING id) SELECT count(*)::int AS n FROM gone`),
        ).toEqual([{ n: 1 }]);
      });
    });

    it('fails with the error of the server, which repeats no value', async () => {
      const table = `${schema.name}.thing`;
      const error = await rejectionOf(
        library.run(async (transaction) => {
          await toDatabase(transaction).executeSql(`INSERT INTO ${table} VALUES ($1, $2::jsonb)`, [
            1,
            JSON.stringify(SECRET),
          ]);
          await toDatabase(transaction).executeSql(`INSERT INTO ${table} VALUES ($1, $2::jsonb)`, [
            1,
            JSON.stringify(SECRET),
          ]);
        }),
      );
      expect(error).toMatchObject({ code: '23505' });
      expect((error as Error).message).toMatch(/duplicate key/);
      expect((error as Error).message).not.toContain(SECRET);
    });

    it('is not mistaken for what commits each statement by itself', () => {
      expect(library.mistaken).not.toEqual([]);
      for (const [value, problem] of library.mistaken) {
        expect(() => toDatabase(value)).toThrow(InvalidTransactionError);
        expect(() => toDatabase(value)).toThrow(problem);
      }
    });

    it('takes nothing once it has ended', async () => {
      let ended: unknown;
      await library.run(async (transaction) => {
        ended = transaction;
      });
      if (library.endedProblem !== undefined) {
        expect(() => toDatabase(ended)).toThrow(library.endedProblem);
      } else {
        await expect(toDatabase(ended).executeSql('SELECT 1')).rejects.toBeInstanceOf(Error);
      }
    });
  });
});
