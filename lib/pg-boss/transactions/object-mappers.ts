import { fromPrisma, type PrismaTransactionLike } from 'pg-boss';
import {
  call,
  hasMethods,
  read,
  toRows,
  type TransactionSource,
  unwrapErrors,
} from './transaction-source.js';

/** Interactive transactions of Prisma: unlike the client itself, they cannot connect. */
export const prismaSource: TransactionSource = {
  recognises: (value) => hasMethods(value, '$queryRawUnsafe'),
  findProblem: (value) =>
    hasMethods(value, '$connect') ? 'This is the client of Prisma, not a transaction of it.' : undefined,
  toDatabase: (value) => fromPrisma(value as PrismaTransactionLike),
};

/** A connection of TypeORM. */
export const queryRunnerSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'query', 'startTransaction', 'commitTransaction'),
  findProblem(value) {
    const type = read(read(read(value, 'dataSource') ?? read(value, 'connection'), 'options'), 'type');
    if (typeof type === 'string' && !/postgres|cockroach/.test(type)) {
      return `This QueryRunner of TypeORM is connected to ${type}, not to PostgreSQL.`;
    }
    const isOpen = read(value, 'isTransactionActive') === true && read(value, 'isReleased') !== true;
    return isOpen ? undefined : 'This QueryRunner of TypeORM has no open transaction.';
  },
  toDatabase: (value) => ({
    async executeSql(text, values) {
      // What it gives by itself differs by the kind of the statement.
      const result = await unwrapErrors(call(value, 'query', text, values, true), 'driverError');
      const records = read(result, 'records');
      return { rows: Array.isArray(records) ? records : [] };
    },
  }),
};

/** What TypeORM gives the work of a transaction. */
export const typeOrmManagerSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'getRepository', 'query', 'transaction', 'createQueryBuilder'),
  findProblem(value) {
    const queryRunner = read(value, 'queryRunner');
    return typeof queryRunner === 'object' && queryRunner !== null
      ? queryRunnerSource.findProblem(queryRunner)
      : 'This is TypeORM outside of a transaction.';
  },
  toDatabase: (value, convert) => convert(read(value, 'queryRunner')),
};

/** What MikroORM gives the work of a transaction; below it is one of Knex or, from version 7 on, of Kysely. */
export const mikroOrmSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'getTransactionContext', 'isInTransaction'),
  findProblem(value) {
    if (call(value, 'isInTransaction') !== true) {
      return 'This EntityManager of MikroORM has no open transaction.';
    }
    const hasEnded = call(call(value, 'getTransactionContext'), 'isCompleted') === true;
    return hasEnded ? 'This transaction of MikroORM has ended already.' : undefined;
  },
  toDatabase: (value, convert) => convert(call(value, 'getTransactionContext')),
};

/** Transactions of PGlite. */
export const pgliteSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'query', 'exec', 'sql'),
  findProblem(value) {
    if (hasMethods(value, 'transaction')) return 'This is PGlite itself, not a transaction of it.';
    return read(value, 'closed') === true ? 'This transaction of PGlite has ended already.' : undefined;
  },
  toDatabase: (value) => ({
    async executeSql(text, values) {
      // pg-boss's own adapter rolls back where a statement fails, which is the caller's to decide here.
      const hasValues = values !== undefined && values.length > 0;
      return toRows(await (hasValues ? call(value, 'query', text, values) : call(value, 'exec', text)));
    },
  }),
};

export const objectMappers: readonly TransactionSource[] = [
  prismaSource,
  queryRunnerSource,
  typeOrmManagerSource,
  mikroOrmSource,
  pgliteSource,
];
