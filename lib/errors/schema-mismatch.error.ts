import { EventsError } from './events.error.js';
import { listIssues, nameEvent, type PayloadIssue } from './payload-issue.js';

/**
 * A payload that was stored does not fit the schema that its event has by now. `cause` is what the
 * schema threw, where it threw.
 */
export class SchemaMismatchError extends EventsError {
  readonly code = 'EVENTS_SCHEMA_MISMATCH';

  constructor(
    readonly eventName: string,
    /** Each issue that the schema has. */
    readonly issues: readonly PayloadIssue[],
    options?: ErrorOptions,
  ) {
    super(
      `The stored payload of ${nameEvent(eventName)} does not fit its schema: ${listIssues(issues)}`,
      options,
    );
  }
}
