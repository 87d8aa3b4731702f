import { describeThrown, EventsError, StoreError } from '../errors/index.js';
import { readProperty } from '../errors/thrown.js';

/** Longer ones have a statement in them, or values. */
const MAX_MESSAGE = 300;

/** What PostgreSQL says where pg-boss's tables are not there: no such table, no such schema. */
const NOT_THERE = new Set<unknown>(['42P01', '3F000']);

/**
 * What went wrong in a transaction of the caller's, without what else is in the error of a library: it may have the
 * event in it. Nothing is stored, as the transaction cannot commit any more.
 */
export function explainInTransaction(error: unknown, storeName: string): unknown {
  if (EventsError.isInstance(error)) return error;
  const code = readProperty(error, 'code');
  const cause = Object.assign(
    new Error(shorten(describeThrown(error))),
    typeof code === 'string' ? { code } : {},
  );
  const remedy = NOT_THERE.has(code)
    ? "the transaction is of another database than the queue's, or of one without its tables: give one of the queue's"
    : undefined;
  return new StoreError(storeName, 'not-stored', cause, remedy);
}

function shorten(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
