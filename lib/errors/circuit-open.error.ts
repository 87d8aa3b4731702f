import { EventsError } from './events.error.js';

/** The circuit breaker of a `ResilientDriver` is open; the delivery was not attempted. */
export class CircuitOpenError extends EventsError {
  readonly code = 'EVENTS_CIRCUIT_OPEN';

  constructor(
    readonly driverName: string,
    readonly eventName: string,
  ) {
    super(
      `The circuit breaker of driver '${driverName}' is open after repeated failures; ` +
        `event '${eventName}' was not attempted.`,
    );
  }
}
