import { CircuitOpenError, describeThrown, UnrecoverableError } from '../errors/index.js';
import { isThrown, readProperty } from '../errors/thrown.js';

/**
 * What a failure calls for: another attempt, a rejection that the caller sees, or a place among the
 * failed deliveries.
 */
export type ErrorClass = 'retry' | 'fail' | 'dead-letter';

/** Codes of Node, undici and database clients for a connection that could not be had or was lost. */
const TRANSIENT_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EVENTS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** HTTP: too many requests, and a server behind the server that cannot be reached. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 502, 503, 504]);

/**
 * How errors are classified unless `classify` is given: network errors, timeouts and their HTTP
 * statuses are retried, an open circuit fails, anything else is dead-lettered.
 */
export function classifyError(error: unknown): ErrorClass {
  if (isThrown(error, (thrown) => thrown instanceof CircuitOpenError)) return 'fail';
  if (UnrecoverableError.isInstance(error)) return 'dead-letter';
  return isTransient(error) ? 'retry' : 'dead-letter';
}

function isTransient(error: unknown): boolean {
  const cause = readProperty(error, 'cause');
  const code = readProperty(error, 'code') ?? readProperty(cause, 'code');
  if (typeof code === 'string' && TRANSIENT_CODES.has(code)) return true;
  const status =
    readProperty(error, 'status') ??
    readProperty(error, 'statusCode') ??
    readProperty(readProperty(error, 'response'), 'status');
  if (typeof status === 'number' && TRANSIENT_STATUSES.has(status)) return true;
  return /network|timeout/i.test(describeThrown(error));
}
