import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect, sql as kyselySql } from 'kysely';
import { Client, type PoolClient } from 'pg';
import { toDatabase } from '../../../lib/pg-boss/transactions/index.js';
import { openPostgresDatabase, type OpenedPostgres } from '../../../lib/pg-boss/postgres/index.js';
import { rejectionOf } from '../../support/drivers.js';
import { DATABASE_URL, describePostgres, terminateConnections, useSchema } from '../../support/postgres.js';
import { until } from '../../support/until.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describePostgres('a transaction of our own', () => {
  const schema = useSchema();
  const table = `${schema.name}.thing`;
  let proxy: TcpProxy;
  let database: OpenedPostgres;
  let errors: unknown[];

  beforeAll(() => schema.query(`CREATE TABLE ${table} (id int)`));

  beforeEach(async () => {
    errors = [];
    proxy = await TcpProxy.openFor(DATABASE_URL);
    database = openPostgresDatabase({
      connection: proxy.through(DATABASE_URL),
      applicationName: schema.name,
      onError: (error) => errors.push(error),
      poolSize: 2,
    });
  });

  afterEach(async () => {
    await database.close(1000);
    await proxy.close();
    await schema.query(`TRUNCATE ${table}`);
  });

  const begin = () => database.db.beginTransaction();
  const readAll = () => schema.query(`SELECT id FROM ${table}`);

  it('is there as a whole once it is committed', async () => {
    const transaction = await begin();
    await transaction.db.executeSql(`INSERT INTO ${table} VALUES ($1), ($2)`, [1, 2]);
    expect(await readAll()).toEqual([]);
    await transaction.commit();
    expect(await readAll()).toEqual([{ id: 1 }, { id: 2 }]);
    expect(database.pool.idleCount).toBe(1);
  });

  it('leaves nothing once it is rolled back, however often', async () => {
    const transaction = await begin();
    await transaction.db.executeSql(`INSERT INTO ${table} VALUES (1)`);
    await transaction.rollback();
    await transaction.rollback();
    expect(await readAll()).toEqual([]);
    expect(database.pool.idleCount).toBe(1);
  });

  it('takes nothing more once it has ended', async () => {
    const transaction = await begin();
    await transaction.commit();
    await expect(transaction.db.executeSql(`INSERT INTO ${table} VALUES (1)`)).rejects.toThrow(
      'ended already',
    );
    await expect(transaction.commit()).rejects.toThrow('ended already');
    expect(await readAll()).toEqual([]);
  });

  it.each(['commit', 'rollback'] as const)('refuses its client anything after the %s', async (end) => {
    const transaction = await begin();
    const client = transaction.client as PoolClient;
    const query = Reflect.get(client, 'query') as () => Promise<unknown>;
    await client.query(`INSERT INTO ${table} VALUES ($1)`, [1]);
    await transaction[end]();
    const next = await begin();
    const text = `INSERT INTO ${table} VALUES (2)`;
    await expect(client.query(text)).rejects.toThrow('The transaction has ended already');
    await expect(Reflect.apply(query, client, [text])).rejects.toThrow('ended already');
    expect(() => client.query(text, () => undefined)).toThrow('ended already');
    expect(() => client.query({ text, submit: () => undefined } as never)).toThrow('ended already');
    await next.commit();
    expect(await readAll()).toEqual(end === 'commit' ? [{ id: 1 }] : []);
  });

  it('lends its client to what takes one, which cannot give it back', async () => {
    const transaction = await begin();
    const client = transaction.client as PoolClient;
    expect(client).toBeInstanceOf(Client);
    await drizzle(client).execute(sql`INSERT INTO ${sql.raw(table)} VALUES (${1})`);
    const pool = { connect: () => Promise.resolve(client), end: () => Promise.resolve() };
    const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    await kyselySql`INSERT INTO ${kyselySql.raw(table)} VALUES (${2})`.execute(kysely);
    const found = Promise.withResolvers<number | null>();
    client.query(`SELECT id FROM ${table}`, (_error, result) => found.resolve(result.rowCount));
    expect(await found.promise).toBe(2);
    await toDatabase(client).executeSql(`INSERT INTO ${table} VALUES ($1)`, [3]);
    expect(await readAll()).toEqual([]);
    await transaction.commit();
    expect(await readAll()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(database.pool.idleCount).toBe(1);
  });

  it('runs statements one after another, also where nobody waits for them', async () => {
    const transaction = await begin();
    const ids = Array.from({ length: 5 }, (_, id) => id);
    await Promise.all(ids.map((id) => transaction.db.executeSql(`INSERT INTO ${table} VALUES ($1)`, [id])));
    await transaction.commit();
    expect(await readAll()).toEqual(ids.map((id) => ({ id })));
  });

  it('does not say that it is committed where a failed statement was passed over', async () => {
    const transaction = await begin();
    await transaction.db.executeSql(`INSERT INTO ${table} VALUES (1)`);
    await rejectionOf(transaction.db.executeSql('SELECT 1/0'));
    await expect(transaction.commit()).rejects.toThrow('rolled back');
    expect(await readAll()).toEqual([]);
  });

  it('says of which kind its end was where the connection is lost', async () => {
    const transaction = await begin();
    await terminateConnections(schema, schema.name);
    await until('the error is reported', () => errors.length > 0);
    await expect(transaction.db.executeSql('SELECT 1')).rejects.toThrow(/terminat/);
    await expect(transaction.commit()).rejects.toThrow(/terminat/);
    await transaction.rollback();
    expect(database.pool.totalCount).toBe(0);
  });

  it('is rolled back in bounded time while one of its statements does not end', async () => {
    const { db } = database;
    const transaction = await db.withDeadline(1000).beginTransaction();
    proxy.blackhole();
    const running = rejectionOf(transaction.db.executeSql('SELECT 1'));
    const started = performance.now();
    await transaction.rollback();
    expect(performance.now() - started).toBeLessThan(1500);
    expect(await running).toMatchObject({ code: 'EVENTS_STORE_TIMEOUT' });
    expect(database.pool.totalCount).toBe(0);
  });

  it('does not know whether it is committed where the answer does not come', async () => {
    const transaction = await database.db.withDeadline(1000).beginTransaction();
    proxy.blackhole();
    expect(await rejectionOf(transaction.commit())).toMatchObject({
      code: 'EVENTS_STORE_TIMEOUT',
      mayHaveHappened: true,
    });
  });
});
