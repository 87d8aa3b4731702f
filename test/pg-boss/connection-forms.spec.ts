import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Pool } from 'pg';
import { InvalidOptionsError, type OpenOptions } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';

const QUIET: OpenOptions = {
  queues: [],
  isWorker: false,
  strict: false,
  onError: () => {},
  onWarning: () => {},
};

const create = (options: object): PgBossWorkerCreator => new PgBossWorkerCreator(options);

describe('A connection that is none is refused, with the remedy and without secrets', () => {
  test.each<[connection: unknown, problem: string]>([
    [{ embeded: 'memory' }, "connection has 'embeded', which is no option of a pg Pool"],
    [{}, 'connection is an empty object; it must be a connection string (postgres://...)'],
    [
      { host: 'localhost', username: 'me', password: 's3cret' },
      "connection has 'username', which is no option",
    ],
    [{ embedded: 5 }, "connection.embedded must be a folder or 'memory', not 5"],
    [{ embedded: '' }, "connection.embedded must be a folder or 'memory', and is empty"],
    [{ embedded: 'postgres://me:s3cret@host/db' }, "not an address: 'postgres://me:***@host/db'"],
    [{ embedded: 'memory', host: 'localhost' }, "takes nothing beside it, such as 'host'"],
    [new Client(), 'connection is a single Client of pg'],
    [{ query: () => {}, connect: () => {} }, 'connection has methods as a Pool of pg has, but is none'],
    ['./data', "but './data'; for the embedded database in that folder, give { embedded: './data' }"],
    ['nonsense', "connection is no connection string (postgres://...), but 'nonsense'"],
    ['memory', "give { embedded: 'memory' }"],
    ['host=localhost user=me password=s3cret', "but 'host=localhost user=me password=***'; give an address"],
    ['mysql://me:s3cret@host/db', "connection is an address of 'mysql', and not of PostgreSQL"],
    [5, 'connection must be a connection string (postgres://...)'],
    [null, 'connection must be a connection string (postgres://...)'],
  ])('%p', (connection, problem) => {
    const refuse = () => create({ connection });
    expect(refuse).toThrow(InvalidOptionsError);
    expect(refuse).toThrow(problem);
    expect(refuse).not.toThrow(/s3cret/);
  });

  test('so is a backend of another kind', () => {
    const embedded = { connection: { embedded: 'memory' }, backend: 'postgres' };
    expect(() => create(embedded)).toThrow(
      /backend is 'postgres', but the connection is the embedded database/,
    );
    const server = { connection: DATABASE_URL, backend: 'pglite' };
    expect(() => create(server)).toThrow(/backend is 'pglite', but the connection is a server/);
    create({ connection: { embedded: 'memory' }, backend: 'pglite' });
    create({ connection: DATABASE_URL, backend: 'citus' });
  });
});

describe('The embedded database', () => {
  test.each([undefined, '', ' '])('is meant by %p, in its default folder', (connection) => {
    expect(create({ connection }).getStoreName()).toBe(`embedded database ${resolve('data/events')}`);
  });

  test('can be named by the URL of its folder', () => {
    const folder = join(tmpdir(), 'events of mine');
    const { href } = pathToFileURL(folder);
    expect(create({ connection: { embedded: href } }).getStoreName()).toBe(`embedded database ${folder}`);
  });
});

describePostgres('Options of a pool', () => {
  const schema = useSchema();
  const { hostname: host, port, username: user, pathname } = new URL(DATABASE_URL);
  const address = { host, port: Number(port), user, database: pathname.slice(1) };

  test.each([
    [
      { ...address, max: 3, connectionTimeoutMillis: 1234 },
      { max: 3, connectionTimeoutMillis: 1234 },
    ],
    [
      { ...address, connectionTimeoutMillis: undefined },
      { max: 7, connectionTimeoutMillis: 3000 },
    ],
  ])('win over poolSize and timeoutMs', async (connection, expected) => {
    const engine = create({ connection, schema: schema.name, poolSize: 7, timeoutMs: 2000 });
    await engine.open(QUIET);
    expect(engine.getClient<Pool>().options).toMatchObject(expected);
    await engine.close();
  });

  test('are those of the pool itself, where that is given', async () => {
    const pool = new Pool({ connectionString: DATABASE_URL, max: 2 });
    const engine = create({ connection: pool, schema: schema.name });
    await engine.open(QUIET);
    expect(engine.getClient()).toBe(pool);
    await engine.close();
    await pool.end();
  });
});
