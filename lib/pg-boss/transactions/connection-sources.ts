import type { Db } from 'pg-boss';
import type { DeliveryTransaction } from '../../queue/worker-creator.js';
import { call, hasMethods, toRows, type TransactionSource } from './transaction-source.js';

/** Transactions of pg-boss, and what its adapters make of those of others. */
const pgBossSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'executeSql'),
  findProblem: (value) =>
    hasMethods(value, 'beginTransaction')
      ? 'This is a database of pg-boss, which commits by itself, not a transaction.'
      : undefined,
  toDatabase: (value) => value as Db,
};

/** Clients of `pg`, which run one transaction after another. */
const pgClientSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'query', 'connect', 'escapeIdentifier'),
  findProblem(value) {
    const status = hasMethods(value, 'getTransactionStatus') ? call(value, 'getTransactionStatus') : 'T';
    return status === 'T' || status === 'E' ? undefined : 'This client of pg has no open transaction.';
  },
  toDatabase: (value) => ({
    async executeSql(text, values) {
      return toRows(await call(value, 'query', text, values));
    },
  }),
};

/** Pools of `pg`: each statement may take another connection. */
const pgPoolSource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'query', 'connect', 'end') && 'totalCount' in value,
  findProblem: () => 'This is a pool of pg, which commits each statement by itself.',
  toDatabase: (value) => value as Db,
};

/** What a transactional listener is given. */
const deliverySource: TransactionSource = {
  recognises: (value) => hasMethods(value, 'query') && 'client' in value,
  findProblem: () => undefined,
  toDatabase: (value) => ({
    executeSql: (text, values) => (value as DeliveryTransaction).query(text, values),
  }),
};

/** In this order: the last says little of itself. */
export const connectionSources: readonly TransactionSource[] = [
  pgBossSource,
  pgClientSource,
  pgPoolSource,
  deliverySource,
];
