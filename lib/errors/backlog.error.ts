import { EventsError } from './events.error.js';

/** More deliveries would wait to be stored than a durable driver allows; those of this dispatch were not accepted. */
export class BacklogError extends EventsError {
  readonly code = 'EVENTS_BACKLOG';

  constructor(
    readonly driverName: string,
    readonly maxWaiting: number,
  ) {
    super(
      `Driver '${driverName}' would have more than ${maxWaiting} deliveries waiting to be stored, with those of this ` +
        `dispatch (maxWaiting). Await dispatch(), give dispatchMany() fewer at a time, or raise the limit; if there are ` +
        `not that many dispatches, the store is too slow or does not answer.`,
    );
  }
}
