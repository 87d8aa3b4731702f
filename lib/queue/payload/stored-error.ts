import { describeThrown, shorten } from '../../errors/index.js';
import { getStack, readProperty } from '../../errors/thrown.js';
import type { StoredError } from '../stored-delivery.js';

const MAX_NAME = 128;
const MAX_MESSAGE = 4096;
const MAX_STACK = 16_384;
const MAX_LISTED = 5;

/** What a delivery that is to run once is given up with if it is running when the application has no more time for it. */
export const CUT_SHORT: StoredError = {
  name: 'DeliveryAbortedError',
  code: 'EVENTS_DELIVERY_ABORTED',
  message: 'the application was shut down while it ran, and it is to run once only',
};

/**
 * Whatever was thrown, as it is stored: well-formed text of limited length. An engine that was given
 * anything else might fail to store it, and the delivery would be neither done nor failed.
 *
 * Never throws, whatever the value's getters and traps do.
 */
export function toStoredError(thrown: unknown): StoredError {
  const message = clip(describe(thrown), MAX_MESSAGE);
  const stack = shortenStack(getStack(thrown), readProperty(thrown, 'message'), message);
  const code = readProperty(thrown, 'code');
  return {
    name: clip(getName(thrown), MAX_NAME),
    message,
    ...(stack !== undefined && { stack: clip(stack, MAX_STACK) }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: clip(String(code), MAX_NAME) }),
  };
}

function getName(thrown: unknown): string {
  const name = readProperty(thrown, 'name');
  if (typeof name === 'string' && name !== '') return name;
  return thrown === null ? 'null' : typeof thrown;
}

/** An AggregateError without a message, as Node's sockets throw it, says nothing but in its `errors`. */
function describe(thrown: unknown): string {
  const message = readProperty(thrown, 'message');
  if (typeof message === 'string' && message !== '') return describeThrown(message);
  const errors = listErrors(thrown);
  const text = describeThrown(thrown);
  return errors.length === 0 ? text : `${text}: ${errors.join('; ')}`;
}

function listErrors(thrown: unknown): string[] {
  try {
    const errors = readProperty(thrown, 'errors');
    return Array.isArray(errors) ? errors.slice(0, MAX_LISTED).map(describeThrown) : [];
  } catch {
    return [];
  }
}

/** A stack begins with the message; a long one would leave no room for the calls. */
function shortenStack(stack: string | undefined, message: unknown, clipped: string): string | undefined {
  if (stack === undefined || typeof message !== 'string' || message.length <= MAX_MESSAGE) return stack;
  const start = stack.indexOf(message);
  return start < 0 ? stack : stack.slice(0, start) + clipped + stack.slice(start + message.length);
}

/** Text without NUL and half surrogate pairs, cut where it is too long. */
function clip(text: string, max: number): string {
  return shorten(text, max).replaceAll('\0', '\ufffd').toWellFormed();
}
