import { EventsError } from './events.error.js';

/** A driver was asked for by a name that no configured driver has, or that several have. */
export class EventDriverException extends EventsError {
  readonly code = 'EVENTS_DRIVER';

  constructor(
    message: string,
    /** The name that was asked for. */
    readonly driverName: string,
    /** The names that are configured. */
    readonly availableDrivers: readonly string[],
  ) {
    super(message);
  }
}
