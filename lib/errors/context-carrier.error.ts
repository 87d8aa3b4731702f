import { EventsError } from './events.error.js';

/** A `ContextCarrier` of the application did not do its part. `cause` is what it threw, where it threw. */
export class ContextCarrierError extends EventsError {
  readonly code = 'EVENTS_CONTEXT_CARRIER';

  constructor(
    /** Its class, or where it stands in `context` of the configuration. */
    readonly carrier: string,
    /** What is wrong, and what to do about it. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Context carrier ${carrier}: ${reason}`, options);
  }
}
