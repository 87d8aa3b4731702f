import { StoreTimeoutError } from '../errors/index.js';
import { readProperty } from '../errors/thrown.js';

/** The classes of SQLSTATE that say that a value cannot be stored: bad data, a constraint, a limit. */
const REFUSALS = new Set(['22', '23', '54']);

/** Those of a connection that is gone, or of a server that is going. */
const CONNECTION_CLASSES = new Set(['08', '57']);

const CONNECTION_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ECONNABORTED']);

export function isRefusal(error: unknown): boolean {
  const code = readProperty(error, 'code');
  return typeof code === 'string' && code.length === 5 && REFUSALS.has(code.slice(0, 2));
}

/** Whether there was no connection, so that nothing can have happened. */
export function isUnreachable(error: unknown): boolean {
  const code = readProperty(error, 'code');
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === '57P03' || code === '53300';
}

/** Whether a statement failed because of its connection, so that another connection may do better. */
export function isConnectionError(error: unknown): boolean {
  const code = readProperty(error, 'code');
  if (typeof code === 'string') {
    return CONNECTION_CODES.has(code) || (code.length === 5 && CONNECTION_CLASSES.has(code.slice(0, 2)));
  }
  const message = readProperty(error, 'message');
  return typeof message === 'string' && message.startsWith('Connection terminated');
}

/** Whether it is certain that what failed has stored nothing. */
export function isWithoutEffect(error: unknown): boolean {
  if (error instanceof StoreTimeoutError) return !error.mayHaveHappened;
  return !isConnectionError(error) || isUnreachable(error);
}
