import { EventsError } from './events.error.js';

/**
 * An event could not be made from its stored payload. `cause` is what its class threw, where it threw.
 */
export class RehydrationError extends EventsError {
  readonly code = 'EVENTS_REHYDRATION';

  constructor(
    readonly eventName: string,
    /** What is wrong, and what to do about it. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Event '${eventName}' cannot be made from what is stored: ${reason}`, options);
  }
}
