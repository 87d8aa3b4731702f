import { EventsError } from './events.error.js';
import { listIssues, nameEvent, type PayloadIssue } from './payload-issue.js';

/** What is stored as a payload is none that this library wrote. It was not read, nor any of it run. */
export class UnreadablePayloadError extends EventsError {
  readonly code = 'EVENTS_UNREADABLE_PAYLOAD';

  constructor(
    readonly eventName: string | undefined,
    readonly issue: PayloadIssue,
    options?: ErrorOptions,
  ) {
    super(`The stored payload of ${nameEvent(eventName)} cannot be read: ${listIssues([issue])}`, options);
  }
}
