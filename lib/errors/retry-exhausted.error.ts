import { describeThrown } from './describe-thrown.js';
import { EventsError } from './events.error.js';

/** Every attempt failed. `cause` is what the last one threw. */
export class RetryExhaustedError extends EventsError {
  readonly code = 'EVENTS_RETRIES_EXHAUSTED';

  constructor(
    readonly eventName: string,
    readonly attempts: number,
    cause: unknown,
  ) {
    super(`Event failed after ${attempts} attempts: ${describeThrown(cause)}`, { cause });
  }
}
