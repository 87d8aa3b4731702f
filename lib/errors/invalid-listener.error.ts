import { EventsError } from './events.error.js';

/** A decorator of a listener was given something it cannot work with. Thrown where it is applied. */
export class InvalidListenerError extends EventsError {
  readonly code = 'EVENTS_INVALID_LISTENER';

  constructor(
    readonly listener: string,
    problem: string,
  ) {
    super(`Listener ${listener}: ${problem}`);
  }
}
