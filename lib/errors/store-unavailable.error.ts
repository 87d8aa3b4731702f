import { EventsError } from './events.error.js';

/** A durable driver could not open its store. */
export class StoreUnavailableError extends EventsError {
  readonly code = 'EVENTS_STORE_UNAVAILABLE';

  constructor(
    /** The store, without secrets. */
    readonly store: string,
    message: string,
    cause?: unknown,
  ) {
    super(`${store}: ${message}`, cause === undefined ? undefined : { cause });
  }
}
