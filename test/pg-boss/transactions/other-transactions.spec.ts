import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { InvalidTransactionError } from '../../../lib/errors/index.js';
import { toDatabase } from '../../../lib/pg-boss/transactions/index.js';
import type { DeliveryTransaction } from '../../../lib/queue/worker-creator.js';

const SECRET = 's3cr3t-canary';

/** As Prisma has it: a proxy, whose methods of the client itself are hidden. */
function createPrisma(isTransaction: boolean, asked: unknown[][]) {
  const methods: Record<string, unknown> = {
    $queryRawUnsafe: async (...parameters: unknown[]) => {
      asked.push(parameters);
      return [{ id: 1 }];
    },
    $connect: async () => undefined,
    $transaction: async () => undefined,
  };
  const isHidden = (key: string | symbol) => isTransaction && (key === '$connect' || key === '$transaction');
  return new Proxy(methods, {
    get: (target, key) => (isHidden(key) ? undefined : target[String(key)]),
    has: (target, key) => !isHidden(key) && key in target,
  });
}

const createManager = (context: unknown) => ({
  isInTransaction: () => context !== undefined,
  getTransactionContext: () => context,
});

const createKysely = (isTransaction: boolean) => ({
  isTransaction,
  selectFrom: () => undefined,
  executeQuery: async ({ sql, parameters }: { sql: string; parameters: unknown[] }) => ({
    rows: [{ sql, parameters }],
  }),
});

const mysql = {
  isTransactionActive: true,
  dataSource: { options: { type: 'mysql' } },
  query: () => undefined,
  startTransaction: () => undefined,
  commitTransaction: () => undefined,
};

describe('a transaction of PGlite', () => {
  let pglite: PGlite;

  beforeAll(async () => {
    pglite = await PGlite.create();
    await pglite.exec('CREATE TABLE thing (id int PRIMARY KEY)');
  });

  afterEach(() => pglite.exec('TRUNCATE thing'));
  afterAll(() => pglite.close());

  it('is there as a whole once it is committed', async () => {
    await pglite.transaction(async (transaction) => {
      const db = toDatabase(transaction);
      await db.executeSql('INSERT INTO thing SELECT unnest($1::int[])', [[1, 2]]);
      expect(await db.executeSql('SELECT 1 AS id; SELECT 2 AS id')).toEqual({ rows: [{ id: 1 }, { id: 2 }] });
    });
    expect((await pglite.query('SELECT id FROM thing')).rows).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('is the application’s to roll back, also where a statement fails', async () => {
    await pglite.transaction(async (transaction) => {
      const db = toDatabase(transaction);
      await db.executeSql('INSERT INTO thing VALUES ($1)', [1]);
      await db.executeSql('SAVEPOINT before');
      await expect(db.executeSql('INSERT INTO thing VALUES ($1)', [1])).rejects.toMatchObject({
        code: '23505',
      });
      await db.executeSql('ROLLBACK TO SAVEPOINT before');
    });
    expect((await pglite.query('SELECT id FROM thing')).rows).toEqual([{ id: 1 }]);
  });

  it('is not PGlite itself, nor one that has ended', async () => {
    expect(() => toDatabase(pglite)).toThrow('This is PGlite itself, not a transaction of it.');
    let ended: unknown;
    await pglite.transaction(async (transaction) => {
      ended = transaction;
      await transaction.rollback();
    });
    expect(() => toDatabase(ended)).toThrow('This transaction of PGlite has ended already.');
  });
});

describe('an interactive transaction of Prisma', () => {
  it('gives the rows of its raw queries', async () => {
    const asked: unknown[][] = [];
    const db = toDatabase(createPrisma(true, asked));
    expect(await db.executeSql('SELECT $1, $2', [1, ['a']])).toEqual({ rows: [{ id: 1 }] });
    expect(asked).toEqual([['SELECT $1, $2', 1, ['a']]]);
  });

  it('is not the client itself', () => {
    expect(() => toDatabase(createPrisma(false, []))).toThrow('This is the client of Prisma');
  });
});

describe('an EntityManager of MikroORM 7', () => {
  it('runs statements in the transaction of Kysely that is below it', async () => {
    const db = toDatabase(createManager(createKysely(true)));
    expect(await db.executeSql('SELECT $1', [1])).toEqual({ rows: [{ sql: 'SELECT $1', parameters: [1] }] });
  });

  it('is refused where that is none', () => {
    expect(() => toDatabase(createManager(createKysely(false)))).toThrow('This is Kysely itself');
    expect(() => toDatabase(createManager(undefined))).toThrow('MikroORM has no open transaction');
  });
});

describe('the transaction of a transactional listener', () => {
  it('takes what is stored in it', async () => {
    const asked: unknown[] = [];
    const transaction: DeliveryTransaction = {
      client: undefined,
      query: async <TRow>(text: string, values?: readonly unknown[]) => {
        asked.push([text, values]);
        return { rows: [{ id: 1 } as TRow] };
      },
    };
    expect(await toDatabase(transaction).executeSql('SELECT $1', [1])).toEqual({ rows: [{ id: 1 }] });
    expect(asked).toEqual([['SELECT $1', [1]]]);
  });
});

describe('what is no transaction', () => {
  it.each([
    ['null', null, 'This is no transaction but null.'],
    ['a string', `postgres://me:${SECRET}@host/db`, 'This is no transaction but a string.'],
    ['a number', 1, 'This is no transaction but a number.'],
    ['a function', () => SECRET, 'This is no transaction that is known here but a function.'],
    ['a plain object', { password: SECRET }, 'but an object of the class Object.'],
    ['an object without a prototype', Object.create(null), 'but an object.'],
    ['something of a class', new Map([[SECRET, 1]]), 'but an object of the class Map.'],
    ['an object that cannot be read', unreadable(), 'but an object.'],
    ['a transaction of another database', mysql, 'connected to mysql, not to PostgreSQL'],
  ])('is refused with what it is, and what is taken: %s', (_, value, problem) => {
    const refuse = () => toDatabase(value);
    expect(refuse).toThrow(InvalidTransactionError);
    expect(refuse).toThrow(problem);
    expect(refuse).toThrow('Give the open transaction itself: that of Knex, Kysely, Drizzle');
    try {
      refuse();
    } catch (error) {
      expect(error).toMatchObject({ code: 'EVENTS_INVALID_TRANSACTION' });
      expect(inspect(error)).not.toContain(SECRET);
    }
  });
});

function refuseToBeRead(): never {
  throw new Error('It cannot be read');
}

function unreadable(): unknown {
  return new Proxy({}, { get: refuseToBeRead, has: refuseToBeRead, getPrototypeOf: refuseToBeRead });
}
