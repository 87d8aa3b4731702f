import { EventsError } from './events.error.js';
import { isThrown } from './thrown.js';

/**
 * Throw this (or a subclass) from a listener or an event to say that trying again is pointless.
 * No driver retries it: `RetryDriver` passes it on at once, `ResilientDriver` dead-letters it.
 *
 * @example
 * ```ts
 * throw new UnrecoverableError('The card was declined');
 * ```
 */
export class UnrecoverableError extends EventsError {
  readonly code = 'EVENTS_UNRECOVERABLE';

  static override isInstance(error: unknown): error is UnrecoverableError {
    return isThrown(
      error,
      (thrown) => EventsError.isInstance(thrown) && thrown.code === 'EVENTS_UNRECOVERABLE',
    );
  }
}
