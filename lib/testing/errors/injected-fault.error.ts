import { EventsError } from '../../errors/index.js';

/** What a run throws that a test lets fail, unless the test gives another error. */
export class InjectedFaultError extends EventsError {
  readonly code = 'EVENTS_INJECTED_FAULT';

  constructor(what: string) {
    super(`The test lets ${what} fail.`);
  }
}
