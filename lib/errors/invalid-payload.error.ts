import { EventsError } from './events.error.js';
import { listIssues, nameEvent, type PayloadIssue } from './payload-issue.js';

/**
 * A payload that was dispatched cannot be stored as it is, or does not fit the schema of its event.
 * Nothing was stored. `cause` is what a getter, a trap or a schema threw, where one did.
 */
export class InvalidPayloadError extends EventsError {
  readonly code = 'EVENTS_INVALID_PAYLOAD';

  /** Where the first issue is, for example `payload.items[3].note`. */
  readonly path: string;
  /** What is wrong there, and what to do about it. */
  readonly reason: string;

  constructor(
    readonly eventName: string | undefined,
    /** Everything that was found: the first unfit value, or each issue that the schema has. */
    readonly issues: readonly PayloadIssue[],
    options?: ErrorOptions,
  ) {
    super(`The payload of ${nameEvent(eventName)} cannot be dispatched: ${listIssues(issues)}`, options);
    this.path = issues[0]?.path ?? 'payload';
    this.reason = issues[0]?.reason ?? '';
  }
}
