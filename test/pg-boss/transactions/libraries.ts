import { MikroORM } from '@mikro-orm/postgresql';
import { drizzle } from 'drizzle-orm/node-postgres';
import knex from 'knex';
import {
  CamelCasePlugin,
  type ControlledTransaction,
  Kysely,
  PostgresDialect,
  type Transaction,
} from 'kysely';
import { Client, Pool } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { openPostgresDatabase } from '../../../lib/pg-boss/postgres/index.js';
import { DATABASE_URL } from '../../support/postgres.js';

/** A database library, as an application uses its transactions. */
export interface TransactionLibrary {
  /** Commits what the work does, or rolls it back if the work throws. */
  run(work: (transaction: unknown) => Promise<void>): Promise<void>;
  /** The same, as a part of a transaction. */
  runNested(transaction: unknown, work: (nested: unknown) => Promise<void>): Promise<void>;
  /** What is mistaken for a transaction, and why it is none. */
  readonly mistaken: ReadonlyArray<readonly [value: unknown, problem: string]>;
  /** What is said of a transaction that has ended; `undefined` where it cannot be seen. */
  readonly endedProblem: string | undefined;
  close(): Promise<unknown>;
}

/** Opens each of the libraries. */
export const LIBRARIES: Readonly<Record<string, () => Promise<TransactionLibrary>>> = {
  knex: openKnex,
  kysely: openKysely,
  'kysely, controlled': openControlledKysely,
  drizzle: openDrizzle,
  'typeorm, EntityManager': () => openTypeOrm((manager) => manager),
  'typeorm, QueryRunner': () => openTypeOrm((manager) => manager.queryRunner),
  'mikro-orm': openMikroOrm,
  pg: openPg,
  'pg-boss': openPgBoss,
};

async function openKnex(): Promise<TransactionLibrary> {
  const db = knex({ client: 'pg', connection: DATABASE_URL, pool: { min: 0, max: 4 } });
  return {
    run: (work) => db.transaction(work),
    runNested: (transaction, work) => (transaction as typeof db).transaction(work),
    mistaken: [[db, 'This is Knex itself']],
    endedProblem: 'This transaction of Knex has ended already.',
    close: () => db.destroy(),
  };
}

function createKysely(): Kysely<unknown> {
  return new Kysely({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: DATABASE_URL }) }),
    plugins: [new CamelCasePlugin()],
  });
}

async function openKysely(): Promise<TransactionLibrary> {
  const db = createKysely();
  return {
    run: (work) => db.transaction().execute(work),
    runNested: async (transaction, work) => {
      const execute = (sql: string) =>
        (transaction as Transaction<unknown>).executeQuery({
          sql,
          parameters: [],
          query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
          queryId: { queryId: sql },
        });
      await runInSavepoint(execute, () => work(transaction));
    },
    mistaken: [[db, 'This is Kysely itself']],
    endedProblem: undefined,
    close: () => db.destroy(),
  };
}

async function openControlledKysely(): Promise<TransactionLibrary> {
  const db = createKysely();
  return {
    async run(work) {
      const transaction = await db.startTransaction().execute();
      await settle(
        () => work(transaction),
        () => transaction.commit().execute(),
        () => transaction.rollback().execute(),
      );
    },
    async runNested(transaction, work) {
      const nested = await (transaction as ControlledTransaction<unknown>).savepoint('nested').execute();
      await settle(
        () => work(nested),
        () => nested.releaseSavepoint('nested').execute(),
        () => nested.rollbackToSavepoint('nested').execute(),
      );
    },
    mistaken: [[db, 'This is Kysely itself']],
    endedProblem: 'This transaction of Kysely has ended already.',
    close: () => db.destroy(),
  };
}

async function openDrizzle(): Promise<TransactionLibrary> {
  const pool = new Pool({ connectionString: DATABASE_URL });
  const db = drizzle(pool);
  return {
    run: (work) => db.transaction(work),
    runNested: (transaction, work) => (transaction as typeof db).transaction(work),
    mistaken: [[db, "This is 'NodePgDatabase' of Drizzle"]],
    endedProblem: 'This transaction of Drizzle has ended already.',
    close: () => pool.end(),
  };
}

async function openTypeOrm(pick: (manager: EntityManager) => unknown): Promise<TransactionLibrary> {
  const dataSource = await new DataSource({ type: 'postgres', url: DATABASE_URL }).initialize();
  const idle = dataSource.createQueryRunner();
  return {
    run: (work) => dataSource.transaction(async (manager) => work(pick(manager))),
    runNested: (transaction, work) =>
      getManager(transaction).transaction(async (manager) => work(pick(manager))),
    mistaken: [
      [dataSource, 'This is TypeORM outside of a transaction.'],
      [dataSource.manager, 'This is TypeORM outside of a transaction.'],
      [idle, 'This QueryRunner of TypeORM has no open transaction.'],
      [idle.manager, 'This QueryRunner of TypeORM has no open transaction.'],
    ],
    endedProblem: 'This QueryRunner of TypeORM has no open transaction.',
    close: () => dataSource.destroy(),
  };
}

/** A `QueryRunner` has one, an `EntityManager` is one. */
function getManager(transaction: unknown): EntityManager {
  const { manager } = transaction as Partial<QueryRunner>;
  return manager ?? (transaction as EntityManager);
}

async function openMikroOrm(): Promise<TransactionLibrary> {
  const orm = await MikroORM.init({
    clientUrl: DATABASE_URL,
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  return {
    run: (work) => orm.em.fork().transactional((em) => work(em)),
    runNested: (transaction, work) => (transaction as typeof orm.em).transactional((em) => work(em)),
    mistaken: [
      [orm.em, 'This EntityManager of MikroORM has no open transaction.'],
      [orm.em.fork(), 'This EntityManager of MikroORM has no open transaction.'],
    ],
    endedProblem: 'This transaction of MikroORM has ended already.',
    close: () => orm.close(),
  };
}

async function openPg(): Promise<TransactionLibrary> {
  const pool = new Pool({ connectionString: DATABASE_URL });
  const idle = await new Client({ connectionString: DATABASE_URL }).connect();
  return {
    async run(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await settle(
          () => work(client),
          () => client.query('COMMIT'),
          () => client.query('ROLLBACK'),
        );
      } finally {
        client.release();
      }
    },
    runNested: (client, work) =>
      runInSavepoint(
        (text) => (client as Client).query(text),
        () => work(client),
      ),
    mistaken: [
      [pool, 'This is a pool of pg'],
      [idle, 'This client of pg has no open transaction.'],
      [new Client({ connectionString: DATABASE_URL }), 'This client of pg has no open transaction.'],
    ],
    endedProblem: 'This client of pg has no open transaction.',
    close: () => Promise.all([pool.end(), idle.end()]),
  };
}

async function openPgBoss(): Promise<TransactionLibrary> {
  const { db, close } = openPostgresDatabase({ connection: DATABASE_URL, onError: () => undefined });
  return {
    async run(work) {
      const transaction = await db.beginTransaction();
      await settle(
        () => work(transaction.db),
        () => transaction.commit(),
        () => transaction.rollback(),
      );
    },
    runNested: (transaction, work) =>
      runInSavepoint(
        (text) => (transaction as typeof db).executeSql(text),
        () => work(transaction),
      ),
    mistaken: [[db, 'This is a database of pg-boss']],
    endedProblem: undefined,
    close: () => close(1000),
  };
}

function runInSavepoint(
  execute: (text: string) => Promise<unknown>,
  work: () => Promise<void>,
): Promise<void> {
  return execute('SAVEPOINT nested').then(() =>
    settle(
      work,
      () => execute('RELEASE SAVEPOINT nested'),
      () => execute('ROLLBACK TO SAVEPOINT nested'),
    ),
  );
}

async function settle(
  work: () => Promise<void>,
  commit: () => Promise<unknown>,
  rollback: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    await rollback();
    throw error;
  }
  await commit();
}
