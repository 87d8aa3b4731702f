import { describeThrown } from './describe-thrown.js';
import { markAsEventsError } from './events.error.js';

/** One delivery of a dispatch that failed. */
export interface DeliveryFailure {
  /** The listener's id; for the event's own `execute()`, `<event name>.execute`. */
  readonly listenerId: string;
  readonly error: unknown;
}

/**
 * Several deliveries of one `dispatch()` failed, or several events of one `dispatchMany()`. Where
 * only one failed, its own error is thrown instead.
 */
export class EventDispatchException extends AggregateError {
  readonly code = 'EVENTS_DISPATCH_FAILED';

  constructor(
    readonly eventName: string,
    /** Who failed with what, in the order of delivery; `errors` holds the bare errors. */
    readonly failures: readonly DeliveryFailure[],
  ) {
    super(
      failures.map((failure) => failure.error),
      `${failures.length} deliveries of event '${eventName}' failed: ` +
        failures.map(({ listenerId, error }) => `${listenerId} (${describeThrown(error)})`).join(', '),
    );
  }

  override get name(): string {
    return this.constructor.name;
  }
}

markAsEventsError(EventDispatchException.prototype);
