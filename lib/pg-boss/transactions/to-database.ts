import type { Db } from 'pg-boss';
import { InvalidTransactionError } from '../../errors/index.js';
import { connectionSources } from './connection-sources.js';
import { objectMappers } from './object-mappers.js';
import { queryBuilders } from './query-builders.js';
import { read, type TransactionSource } from './transaction-source.js';

const SOURCES: readonly TransactionSource[] = [...queryBuilders, ...objectMappers, ...connectionSources];

/**
 * Turns what a database library gives its caller as a transaction into what pg-boss runs statements in.
 * The library is told by what its transaction looks like; none has to be installed.
 *
 * @throws InvalidTransactionError for what is none, or not open: statements would commit by themselves
 */
export function toDatabase(transaction: unknown): Db {
  if ((typeof transaction !== 'object' && typeof transaction !== 'function') || transaction === null) {
    throw new InvalidTransactionError(`This is no transaction but ${describe(transaction)}.`);
  }
  const source = SOURCES.find((candidate) => candidate.recognises(transaction));
  if (source === undefined) {
    throw new InvalidTransactionError(
      `This is no transaction that is known here but ${describe(transaction)}.`,
    );
  }
  const problem = source.findProblem(transaction);
  if (problem !== undefined) throw new InvalidTransactionError(problem);
  return source.toDatabase(transaction, toDatabase);
}

/** By its kind alone: what is in it is nobody's business. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return 'a function';
  const type = read(read(value, 'constructor'), 'name');
  if (typeof value !== 'object') return `a ${typeof value}`;
  return typeof type === 'string' && type !== '' ? `an object of the class ${type}` : 'an object';
}
