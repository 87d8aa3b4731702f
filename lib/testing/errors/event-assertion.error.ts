import { EventsError } from '../../errors/index.js';

/** Something else has happened than a test expects. The message says what. */
export class EventAssertionError extends EventsError {
  readonly code = 'EVENTS_ASSERTION';

  /** @param caller the method that the test has called: the stack begins with the test */
  constructor(message: string, caller?: Function) {
    super(message);
    if (caller !== undefined) Error.captureStackTrace(this, caller);
  }
}
