import { fromKnex, type KnexTransactionLike, fromKysely, type KyselyTransactionLike } from 'pg-boss';
import {
  call,
  hasMethods,
  read,
  toRows,
  type TransactionSource,
  unwrapErrors,
} from './transaction-source.js';

/** Transactions of Knex, which are functions. */
export const knexSource: TransactionSource = {
  recognises: (value) => typeof value === 'function' && hasMethods(value, 'raw', 'transaction', 'select'),
  findProblem(value) {
    if (read(value, 'isTransaction') !== true) return 'This is Knex itself, not a transaction of it.';
    return call(value, 'isCompleted') === true ? 'This transaction of Knex has ended already.' : undefined;
  },
  toDatabase(value) {
    const db = fromKnex(value as unknown as KnexTransactionLike);
    return {
      async executeSql(text, values) {
        try {
          return await db.executeSql(text, values);
        } catch (error) {
          throw withoutStatement(error, text);
        }
      },
    };
  },
};

/** Knex puts the statement in front of what the server says. */
function withoutStatement(error: unknown, text: string): unknown {
  const message = String(read(error, 'message'));
  if (!message.startsWith(text.slice(0, 8))) return error;
  return Object.assign(new Error(message.slice(message.lastIndexOf(' - ') + 3)), error);
}

/** Transactions of Kysely; its plugins, which may rename columns, are left out. */
export const kyselySource: TransactionSource = {
  recognises: (value) =>
    hasMethods(value, 'executeQuery', 'selectFrom') && typeof read(value, 'isTransaction') === 'boolean',
  findProblem(value) {
    if (read(value, 'isTransaction') !== true) return 'This is Kysely itself, not a transaction of it.';
    const isOver = read(value, 'isCommitted') === true || read(value, 'isRolledBack') === true;
    return isOver ? 'This transaction of Kysely has ended already.' : undefined;
  },
  toDatabase: (value) => fromKysely((call(value, 'withoutPlugins') ?? value) as KyselyTransactionLike),
};

const DRIZZLE_KIND = Symbol.for('drizzle:entityKind');

/** Transactions of Drizzle for PostgreSQL, whatever is below it. */
export const drizzleSource: TransactionSource = {
  recognises: (value) => getDrizzleKinds(value).length > 0,
  findProblem(value) {
    const kinds = getDrizzleKinds(value);
    if (!kinds.some((kind) => /^Pg\w*Transaction$/.test(kind))) {
      return `This is '${kinds[0]}' of Drizzle, not a transaction of it on PostgreSQL.`;
    }
    const status = call(read(read(value, 'session'), 'client'), 'getTransactionStatus');
    return status === 'I' ? 'This transaction of Drizzle has ended already.' : undefined;
  },
  toDatabase: (value) => ({
    async executeSql(text, values = []) {
      const query = { getSQL: () => ({ toQuery: () => ({ sql: text, params: values }) }) };
      const result = await unwrapErrors(call(value, 'execute', query), 'cause');
      // Some of its drivers give the rows themselves.
      return Array.isArray(result) && !result.some((each) => Array.isArray(read(each, 'rows')))
        ? { rows: [...(result as unknown[])] }
        : toRows(result);
    },
  }),
};

/** What Drizzle marks its classes with, from the class of a value up. */
function getDrizzleKinds(value: object): string[] {
  const kinds: string[] = [];
  let type: unknown = read(value, 'constructor');
  while (typeof type === 'function') {
    if (Object.hasOwn(type, DRIZZLE_KIND)) kinds.push(String(Reflect.get(type, DRIZZLE_KIND)));
    type = Object.getPrototypeOf(type);
  }
  return kinds;
}

export const queryBuilders: readonly TransactionSource[] = [knexSource, kyselySource, drizzleSource];
