import { EventsError } from './events.error.js';

/**
 * A dispatch was made by a listener that was itself called by a dispatch, and so on, more often than the configuration
 * allows (`maxDepth`), with nothing awaited in between. The event was not dispatched.
 */
export class NestedTooDeepError extends EventsError {
  readonly code = 'EVENTS_NESTED_TOO_DEEP';

  constructor(
    readonly eventName: string,
    readonly maxDepth: number,
  ) {
    super(
      `Event '${eventName}' was not dispatched: there would be more than ${maxDepth} dispatches inside one another (maxDepth). ` +
        `Most likely one of its listeners dispatches, directly or by way of other events, the event that it hears of. ` +
        `Where that is meant, and comes to an end, give the event a driver that does not keep the caller waiting, such ` +
        `as AsyncDriver with background: true, or raise the limit.`,
    );
  }
}
