import { EventsError } from './events.error.js';

/**
 * The store did not answer in time. It is not known whether the delivery was stored; dispatching the same
 * event object again stores it at most once.
 */
export class DispatchTimeoutError extends EventsError {
  readonly code = 'EVENTS_DISPATCH_TIMEOUT';

  constructor(
    readonly driverName: string,
    readonly store: string,
    readonly timeoutMs: number,
  ) {
    super(
      `Driver '${driverName}': ${store} did not answer within ${timeoutMs} ms (storeTimeoutMs). It is not known ` +
        `whether the delivery was stored; dispatching the same event object again stores it at most once.`,
    );
  }
}
