import { inspect } from 'node:util';
import { EventsError } from './events.error.js';

/**
 * A payload was stored in a version that this process cannot read. `cause` is what `upcast` threw,
 * where it threw.
 */
export class UnsupportedVersionError extends EventsError {
  readonly code = 'EVENTS_UNSUPPORTED_VERSION';

  constructor(
    readonly eventName: string,
    /** The version it was stored in. */
    readonly storedVersion: number,
    /** The version of the event's class in this process. */
    readonly classVersion: number,
    /** What is wrong, and what to do about it. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `Event '${eventName}' is stored in version ${describe(storedVersion)}, its class has version ${classVersion}: ${reason}`,
      options,
    );
  }
}

/** What is stored may be anything, and of any length. */
function describe(version: unknown): string {
  if (typeof version === 'number') return String(version);
  return `${inspect(version, { depth: 0, breakLength: Infinity, maxStringLength: 40 })} (a ${typeof version})`;
}
