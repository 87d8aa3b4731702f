import { EventsError } from './events.error.js';

/** The connections to a store have been closed, and it takes nothing more. */
export class StoreClosedError extends EventsError {
  readonly code = 'EVENTS_STORE_CLOSED';

  constructor(readonly storeName: string) {
    super(`The connections to ${storeName} are closed.`);
  }
}
