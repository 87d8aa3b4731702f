import { EventsError } from './events.error.js';

/** As many deliveries as a durable driver allows wait to be stored; this one was not accepted. */
export class BacklogError extends EventsError {
  readonly code = 'EVENTS_BACKLOG';

  constructor(
    readonly driverName: string,
    readonly maxWaiting: number,
  ) {
    super(
      `Driver '${driverName}' has ${maxWaiting} deliveries waiting to be stored (maxWaiting). Await dispatch(), ` +
        `or raise the limit; if there are not that many dispatches, the store is too slow or does not answer.`,
    );
  }
}
