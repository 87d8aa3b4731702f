import { EventsError } from './events.error.js';

/** A delivery took longer than its `TimeoutDriver` allows. Its `AbortSignal` has been aborted. */
export class EventTimeoutError extends EventsError {
  readonly code = 'EVENTS_TIMEOUT';

  constructor(
    readonly eventName: string,
    /** The limit, in milliseconds. */
    readonly timeout: number,
  ) {
    super(`Event execution timeout: '${eventName}' took longer than ${timeout} ms`);
  }
}
