import { EventsError } from './events.error.js';

/** A driver was asked for something that it cannot do. */
export class UnsupportedOptionError extends EventsError {
  readonly code = 'EVENTS_UNSUPPORTED_OPTION';

  constructor(
    readonly driverName: string,
    readonly option: string,
    remedy: string,
  ) {
    super(`Driver '${driverName}' cannot honour '${option}': ${remedy}`);
  }
}
