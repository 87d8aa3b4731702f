import { inspect } from 'node:util';
import { Pool } from 'pg';
import { InvalidOptionsError } from '../../../lib/errors/index.js';
import { describeConnection, openPostgresDatabase } from '../../../lib/pg-boss/postgres/index.js';
import { toClientConfig } from '../../../lib/pg-boss/postgres/describe-connection.js';
import { rejectionOf } from '../../support/drivers.js';
import { DATABASE_URL, describePostgres, useSchema } from '../../support/postgres.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

const SECRET = 's3cr3t-canary';

describePostgres('closing a PostgreSQL database', () => {
  const schema = useSchema();
  let proxy: TcpProxy;

  beforeEach(async () => {
    proxy = await TcpProxy.openFor(DATABASE_URL);
  });

  afterEach(() => proxy.close());

  const open = () =>
    openPostgresDatabase({
      connection: proxy.through(DATABASE_URL),
      applicationName: schema.name,
      onError: () => undefined,
    });

  it('waits for what is running, and leaves no connection', async () => {
    const { db, close } = open();
    const running = db.executeSql('SELECT pg_sleep(0.1), $1::int AS id', [1]);
    await until('so many are connected', () => proxy.size === 1);
    await Promise.all([close(4000), close(4000)]);
    expect(await running).toMatchObject({ rows: [{ id: 1 }] });
    await until('so many are connected', () => proxy.size === 0);
  });

  it('destroys at the deadline what is still running, what is open, and what does not answer', async () => {
    const { db, close } = open();
    const transaction = await db.beginTransaction();
    await db.listen!(
      'channel',
      () => undefined,
      () => undefined,
    );
    await db.executeSql('SELECT 1');
    const running = rejectionOf(db.executeSql('SELECT pg_sleep(30), $1::int', [1]));
    await until('so many are connected', () => proxy.size === 3);
    proxy.blackhole();
    const connecting = rejectionOf(db.executeSql('SELECT 1'));
    await until('so many are connected', () => proxy.size === 4);
    const started = performance.now();
    await close(200);
    expect(performance.now() - started).toBeLessThan(1200);
    expect(await running).toBeInstanceOf(Error);
    expect(await connecting).toBeInstanceOf(Error);
    await expect(transaction.db.executeSql('SELECT 1')).rejects.toMatchObject({
      code: 'EVENTS_STORE_CLOSED',
    });
    proxy.forward();
    await until('so many are connected', () => proxy.size === 0);
  });

  it('is quick where idle connections do not answer any more', async () => {
    const { db, close } = open();
    await db.executeSql('SELECT 1');
    proxy.blackhole();
    const started = performance.now();
    await close(100);
    expect(performance.now() - started).toBeLessThan(600);
    proxy.forward();
    await until('so many are connected', () => proxy.size === 0);
  });

  it('destroys what is still open of the pool of the application, where nothing arrives', async () => {
    const pool = new Pool({ connectionString: proxy.through(DATABASE_URL) });
    let removed = 0;
    pool.on('remove', () => removed++);
    const { db, close } = openPostgresDatabase({ connection: pool, onError: () => undefined });
    await db.beginTransaction();
    proxy.blackhole();
    await close(100);
    await until('it is removed', () => removed === 1);
    await pool.end();
  });

  it('leaves the pool of the application open', async () => {
    const pool = new Pool({ connectionString: proxy.through(DATABASE_URL) });
    const { db, close } = openPostgresDatabase({ connection: pool, onError: () => undefined });
    await db.executeSql('SELECT 1');
    await close(1000);
    expect((await pool.query('SELECT 1 AS id')).rows).toEqual([{ id: 1 }]);
    await pool.end();
  });
});

describe('the name of a PostgreSQL database', () => {
  it.each([
    ['a URL', `postgres://me:${SECRET}@db.example:6543/shop`, 'postgres://me@db.example:6543/shop'],
    ['a URL without a port', `postgres://me:${SECRET}@db.example/shop`, 'postgres://me@db.example:5432/shop'],
    [
      'a configuration',
      { host: '::1', port: 1, user: 'a b', password: SECRET, database: 'shop' },
      'postgres://a%20b@[::1]:1/shop',
    ],
    [
      'a socket',
      { host: '/run/postgresql', user: 'me', database: 'shop' },
      'postgres://me@%2Frun%2Fpostgresql:5432/shop',
    ],
  ])('says where it is without its password: %s', (_, connection, name) => {
    expect(describeConnection(connection)).toBe(name);
  });

  it('is that of the pool that the application handed over', async () => {
    const pool = new Pool({ host: 'db.example', user: 'me', password: SECRET, database: 'shop' });
    expect(describeConnection(pool)).toBe('postgres://me@db.example:5432/shop');
    expect(toClientConfig(pool)).toMatchObject({ host: 'db.example', password: SECRET });
  });

  it('cannot be said of what is no URL, and the error does not repeat it', () => {
    const broken = `postgres://me:${SECRET}@db.example:port:99999/shop`;
    expect(() => describeConnection(broken)).toThrow(InvalidOptionsError);
    try {
      describeConnection(broken);
    } catch (error) {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
    }
  });
});

describe('the password of a PostgreSQL database', () => {
  it.each([
    ['a URL', `postgres://me:${SECRET}@127.0.0.1:1/shop`],
    ['a configuration', { host: '127.0.0.1', port: 1, user: 'me', password: SECRET, database: 'shop' }],
  ])('is seen neither in its errors nor in what it is printed as: %s', async (_, connection) => {
    const heard: unknown[] = [];
    const opened = openPostgresDatabase({ connection, onError: (error) => heard.push(error) });
    heard.push(await rejectionOf(opened.db.executeSql('SELECT 1')), opened);
    heard.push(
      await rejectionOf(
        opened.db.listen!(
          'channel',
          () => undefined,
          () => undefined,
        ),
      ),
    );
    await opened.close(100);
    for (const value of heard) expect(inspect(value, { depth: 12 })).not.toContain(SECRET);
  });
});
