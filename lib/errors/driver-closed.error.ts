import { EventsError } from './events.error.js';

/** The application is shutting down and the driver takes nothing new. */
export class DriverClosedError extends EventsError {
  readonly code = 'EVENTS_DRIVER_CLOSED';

  constructor(readonly driverName: string) {
    super(`Driver '${driverName}' is closed: the application is shutting down.`);
  }
}
