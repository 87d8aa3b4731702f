import { Pool } from 'pg';
import { StoreClosedError, StoreTimeoutError } from '../../../lib/errors/index.js';
import {
  openPostgresDatabase,
  type OpenedPostgres,
  type PostgresOptions,
} from '../../../lib/pg-boss/postgres/index.js';
import { rejectionOf } from '../../support/drivers.js';
import { DATABASE_URL, describePostgres, terminateConnections, useSchema } from '../../support/postgres.js';
import { until } from '../../support/until.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const MARGIN_MS = 500;

/** Counts the statements that the only connection of a pool has prepared. */
async function countPrepared({ db }: OpenedPostgres): Promise<number> {
  const { rows } = await db.executeSql("SELECT name FROM pg_prepared_statements WHERE name LIKE 'events_%'");
  return rows.length;
}

describePostgres('statements on PostgreSQL', () => {
  const schema = useSchema();
  const opened: OpenedPostgres[] = [];
  let proxy: TcpProxy;
  let errors: unknown[];
  let warnings: string[];

  beforeAll(async () => {
    proxy = await TcpProxy.openFor(DATABASE_URL);
    await schema.query(`CREATE TABLE ${schema.name}.thing (id int PRIMARY KEY, name text)`);
  });

  beforeEach(() => {
    errors = [];
    warnings = [];
  });

  afterEach(async () => {
    proxy.forward();
    await Promise.all(opened.splice(0).map((database) => database.close(1000)));
    await schema.query(`TRUNCATE ${schema.name}.thing`);
  });

  afterAll(() => proxy.close());

  function open(options: Partial<PostgresOptions> = {}): OpenedPostgres {
    const database = openPostgresDatabase({
      connection: DATABASE_URL,
      applicationName: schema.name,
      onError: (error) => errors.push(error),
      onWarning: (message) => warnings.push(message),
      ...options,
    });
    opened.push(database);
    return database;
  }

  it('give their rows, and those of several statements in one text give all of them', async () => {
    const { db } = open();
    expect(await db.executeSql('SELECT $1::int AS id', [7])).toMatchObject({ rows: [{ id: 7 }] });
    expect(await db.executeSql('SELECT 1 AS id; SELECT 2 AS id')).toEqual({ rows: [{ id: 1 }, { id: 2 }] });
  });

  it('are prepared once for each connection if they have values, and only then', async () => {
    const database = open({ poolSize: 1 });
    for (let id = 0; id < 3; id++) await database.db.executeSql('SELECT $1::int', [id]);
    await database.db.executeSql('SELECT 1');
    expect(await countPrepared(database)).toBe(1);
  });

  it('are not prepared where the application says so', async () => {
    const database = open({ poolSize: 1, prepare: false });
    await database.db.executeSql('SELECT $1::int', [1]);
    expect(await countPrepared(database)).toBe(0);
  });

  it('are not prepared without end', async () => {
    const database = open({ poolSize: 1 });
    for (let id = 0; id < 300; id++) await database.db.executeSql(`SELECT $1::int AS c${id}`, [id]);
    expect(await countPrepared(database)).toBe(256);
  });

  it('work on, unprepared and with one warning, where a pooler lost what was prepared', async () => {
    const database = open({ poolSize: 1 });
    const run = (id: number) => database.db.executeSql('SELECT $1::int AS id', [id]);
    await run(1);
    await database.db.executeSql('DEALLOCATE ALL');
    expect(await run(2)).toMatchObject({ rows: [{ id: 2 }] });
    expect(await run(3)).toMatchObject({ rows: [{ id: 3 }] });
    expect(warnings).toEqual([expect.stringContaining('prepare: false')]);
    expect(await countPrepared(database)).toBe(0);
  });

  it('work on, unprepared, where another client of a pooler has prepared the same', async () => {
    const database = open({ poolSize: 1 });
    const names: string[] = [];
    await database.db.executeSql('SELECT $1::int AS id', [1]);
    const { rows } = await database.db.executeSql('SELECT name FROM pg_prepared_statements');
    names.push(...(rows as { name: string }[]).map(({ name }) => name));
    const other = open({ poolSize: 1 });
    await other.db.executeSql(`PREPARE "${names[0]}" AS SELECT 1`);
    expect(await other.db.executeSql('SELECT $1::int AS id', [2])).toMatchObject({ rows: [{ id: 2 }] });
    expect(warnings).toHaveLength(1);
  });

  it('work on, and are prepared anew, where a migration changed what they give', async () => {
    const database = open({ poolSize: 1 });
    const run = () => database.db.executeSql(`SELECT * FROM ${schema.name}.changing WHERE id = $1`, [1]);
    await schema.query(`CREATE TABLE ${schema.name}.changing (id int)`);
    await schema.query(`INSERT INTO ${schema.name}.changing VALUES (1)`);
    await run();
    await schema.query(`ALTER TABLE ${schema.name}.changing ADD COLUMN name text DEFAULT 'new'`);
    expect(await run()).toMatchObject({ rows: [{ id: 1, name: 'new' }] });
    expect(await run()).toMatchObject({ rows: [{ id: 1, name: 'new' }] });
    expect(warnings).toEqual([]);
    expect(await countPrepared(database)).toBe(2);
  });

  it('that fail leave their connection as it was, and that of a failed script is not used again', async () => {
    const { db } = open({ poolSize: 1 });
    const getProcess = async () => (await db.executeSql('SELECT pg_backend_pid() AS pid')).rows[0];
    const first = await getProcess();
    await db.executeSql(`INSERT INTO ${schema.name}.thing VALUES ($1)`, [1]);
    await expect(db.executeSql(`INSERT INTO ${schema.name}.thing VALUES ($1)`, [1])).rejects.toMatchObject({
      code: '23505',
    });
    expect(await getProcess()).toEqual(first);
    await expect(db.executeSql('BEGIN; SELECT 1/0; COMMIT')).rejects.toMatchObject({ code: '22012' });
    expect(await getProcess()).not.toEqual(first);
  });

  it('are given up at their deadline, and it is said that it is not known whether they happened', async () => {
    const { db, name } = open({ connection: proxy.through(DATABASE_URL) });
    await db.executeSql('SELECT 1');
    proxy.blackhole();
    const started = performance.now();
    const error = await rejectionOf(db.withDeadline(300).executeSql('SELECT $1::int', [1]));
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(performance.now() - started).toBeLessThan(300 + MARGIN_MS);
    expect(error).toBeInstanceOf(StoreTimeoutError);
    expect(error).toMatchObject({ code: 'EVENTS_STORE_TIMEOUT', storeName: name, mayHaveHappened: true });
    expect((error as Error).message).toContain('it is not known whether');
  });

  it('never use a connection again that did not answer in time', async () => {
    const { db, pool } = open({ connection: proxy.through(DATABASE_URL), poolSize: 1 });
    await db.executeSql('SELECT 1');
    proxy.blackhole();
    await rejectionOf(db.withDeadline(100).executeSql('SELECT $1::int AS id', [1]));
    expect(pool.totalCount).toBe(0);
    proxy.forward();
    expect(await db.executeSql('SELECT $1::int AS id', [2])).toMatchObject({ rows: [{ id: 2 }] });
    expect(errors).toEqual([]);
  });

  it('do not each find out by themselves that a connection is dead', async () => {
    const { db } = open({ connection: proxy.through(DATABASE_URL), poolSize: 4 });
    const runOnAll = () => Promise.all([1, 2, 3, 4].map(() => db.executeSql('SELECT pg_sleep(0.01)')));
    await runOnAll();
    proxy.blackhole();
    await rejectionOf(db.withDeadline(1500).executeSql('SELECT $1::int AS id', [1]));
    proxy.reopen();
    const started = performance.now();
    expect(await db.withDeadline(1500).executeSql('SELECT $1::int AS id', [2])).toMatchObject({
      rows: [{ id: 2 }],
    });
    await runOnAll();
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('that take too long cost no other connection that answered meanwhile', async () => {
    const { db, pool } = open({ poolSize: 2 });
    const slow = rejectionOf(db.withDeadline(5000).executeSql('SELECT pg_sleep(30), $1::int', [1]));
    await until('the server agrees', async () => {
      const { rows } = await db.executeSql(
        `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30), $1%' AND state = 'active'`,
      );
      return rows.length > 0;
    });
    // For as long as timers may be wrong, it may seem to have been silent, too.
    const { rows: before } = await db.executeSql('SELECT pg_backend_pid() AS pid FROM pg_sleep(0.1)');
    await slow;
    const { rows: after } = await db.executeSql('SELECT pg_backend_pid() AS pid');
    expect(after).toEqual(before);
    expect(pool.totalCount).toBe(1);
  });

  it('are given up at their deadline where there is no connection, and did not happen then', async () => {
    const { db } = open({ connection: proxy.through(DATABASE_URL), timeoutMs: 300 });
    proxy.blackhole();
    const started = performance.now();
    const error = await rejectionOf(db.executeSql('SELECT 1'));
    expect(performance.now() - started).toBeLessThan(300 + MARGIN_MS);
    expect(error).toMatchObject({ code: 'EVENTS_STORE_TIMEOUT', mayHaveHappened: false });
  });

  it('wait for a connection no longer than that where all are in use, and leave none behind', async () => {
    const { db, pool } = open({ poolSize: 1 });
    const transaction = await db.beginTransaction();
    const error = await rejectionOf(db.withDeadline(100).executeSql('SELECT 1'));
    expect(error).toMatchObject({ code: 'EVENTS_STORE_TIMEOUT', mayHaveHappened: false });
    await transaction.rollback();
    await until('the connection is idle', () => pool.idleCount === 1);
    expect(await db.executeSql('SELECT 1 AS id')).toMatchObject({ rows: [{ id: 1 }] });
  });

  it('survive a slow network', async () => {
    const { db } = open({ connection: proxy.through(DATABASE_URL) });
    proxy.delay(50);
    expect(await db.withDeadline(2000).executeSql('SELECT $1::int AS id', [1])).toMatchObject({
      rows: [{ id: 1 }],
    });
  });

  it('fail, and nothing else does, where the server ends all connections again and again', async () => {
    const { db } = open({ poolSize: 4 });
    for (let round = 0; round < 20; round++) {
      const running = Array.from({ length: 8 }, (_, id) =>
        db.executeSql('SELECT pg_sleep(0.005), $1::int', [id]),
      );
      const settled = Promise.allSettled(running);
      await terminateConnections(schema, schema.name);
      await settled;
    }
    await until('the server agrees', () =>
      db.executeSql('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    expect(errors.every((error) => error instanceof Error)).toBe(true);
  });

  it('tell of an idle connection that dies, once, and without what it knows', async () => {
    const { db } = open();
    await db.executeSql('SELECT 1');
    await terminateConnections(schema, schema.name);
    await until('the error is reported', () => errors.length > 0);
    await db.executeSql('SELECT 1');
    expect(new Set(errors).size).toBe(errors.length);
    expect(Object.keys(errors[0] as object)).not.toContain('client');
  });

  it('tell of a dying connection of a pool that the application handed over', async () => {
    const pool = new Pool({ connectionString: DATABASE_URL, application_name: schema.name });
    const { db, close } = open({ connection: pool });
    const transaction = await db.beginTransaction();
    await db.executeSql('SELECT 1');
    await terminateConnections(schema, schema.name);
    await until('the error is reported', () => errors.length >= 2);
    await expect(transaction.db.executeSql('SELECT 1')).rejects.toThrow(/terminat/);
    await close(1000);
    expect((await pool.query('SELECT 1 AS id')).rows).toEqual([{ id: 1 }]);
    expect(pool.listenerCount('error')).toBe(0);
    await pool.end();
  });

  it('are refused once the database is closed', async () => {
    const { db, close } = open();
    await close(1000);
    expect(await rejectionOf(db.executeSql('SELECT 1'))).toBeInstanceOf(StoreClosedError);
  });

  it('run in sessions that have been set up as pg-boss asked for', async () => {
    const { db } = open({ poolSize: 2 });
    await db.executeSql('SELECT 1');
    await db.setSessionStatements!(["SET events.test = 'on'"]);
    const read = () => db.executeSql("SELECT current_setting('events.test', true) AS value");
    expect(await Promise.all([read(), read()])).toMatchObject([
      { rows: [{ value: 'on' }] },
      { rows: [{ value: 'on' }] },
    ]);
    const transaction = await db.beginTransaction();
    await expect(db.setSessionStatements!(['SELECT 1'])).rejects.toThrow('in use');
    await transaction.rollback();
  });

  it('are counted by their connections', async () => {
    const { db, close } = open({ poolSize: 3 });
    const transaction = await db.beginTransaction();
    expect(db.poolCounts!()).toEqual({ max: 3, total: 1, idle: 0, waiting: 0 });
    await transaction.rollback();
    await close(1000);
    expect(db.poolCounts!()).toBeNull();
  });
});
