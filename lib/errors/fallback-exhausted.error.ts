import { describeThrown } from './describe-thrown.js';
import { markAsEventsError } from './events.error.js';

/** One driver of a fallback that failed. */
export interface FallbackFailure {
  readonly driverName: string;
  readonly error: unknown;
}

/** Every driver of a `FallbackDriver` failed. `cause` is the error of the first, the primary. */
export class FallbackExhaustedError extends AggregateError {
  readonly code = 'EVENTS_FALLBACK_EXHAUSTED';

  constructor(
    readonly eventName: string,
    /** Who failed with what, in the order they were tried; `errors` holds the bare errors. */
    readonly failures: readonly FallbackFailure[],
  ) {
    super(
      failures.map((failure) => failure.error),
      `Event '${eventName}' failed on every driver: ` +
        failures.map(({ driverName, error }) => `${driverName} (${describeThrown(error)})`).join(', '),
      { cause: failures[0]?.error },
    );
  }

  override get name(): string {
    return this.constructor.name;
  }
}

markAsEventsError(FallbackExhaustedError.prototype);
