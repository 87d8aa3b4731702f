import { EventsError } from './events.error.js';

/** Options given to a driver's `setOptions()`, or to `dispatch()`, that it cannot work with. */
export class InvalidOptionsError extends EventsError {
  readonly code = 'EVENTS_INVALID_OPTIONS';

  constructor(
    readonly subject: string,
    readonly problems: readonly string[],
  ) {
    super(`${subject}: ${problems.join('; ')}`);
  }
}
