import { EventsError } from './events.error.js';

/** A store did not answer in time. The connection that was waited for has been closed. */
export class StoreTimeoutError extends EventsError {
  readonly code = 'EVENTS_STORE_TIMEOUT';

  constructor(
    /** Which store it was, without secrets. */
    readonly storeName: string,
    /** The limit, in milliseconds. */
    readonly timeout: number,
    /** Whether the store may have done what it was asked: it got the request, only no answer came. */
    readonly mayHaveHappened: boolean,
  ) {
    super(
      mayHaveHappened
        ? `${storeName} did not answer within ${timeout} ms: it is not known whether it did what it was asked.`
        : `There was no connection to ${storeName} within ${timeout} ms: it was not asked to do anything.`,
    );
  }
}
