import { EventsError } from './events.error.js';

/**
 * What is stored cannot be delivered by this version of the application: it goes to the dead letters, and can
 * be redriven once the cause is gone.
 */
export class UndeliverableError extends EventsError {
  readonly code:
    'EVENTS_CIRCULAR_DRIVER' | 'EVENTS_UNKNOWN_EVENT' | 'EVENTS_UNKNOWN_LISTENER' | 'EVENTS_UNKNOWN_DRIVER';

  constructor(
    code: UndeliverableError['code'],
    message: string,
    readonly eventName: string,
    readonly listenerId?: string,
  ) {
    super(message);
    this.code = code;
  }
}
