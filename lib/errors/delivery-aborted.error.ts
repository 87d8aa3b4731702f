import { EventsError } from './events.error.js';

/** Why a delivery is no longer a worker's to run. It is the `reason` of the signal that is aborted. */
export class DeliveryAbortedError extends EventsError {
  readonly code = 'EVENTS_DELIVERY_ABORTED';

  constructor(
    readonly why: 'shutdown' | 'lost',
    message: string,
  ) {
    super(message);
  }
}
