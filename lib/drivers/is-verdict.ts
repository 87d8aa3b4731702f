import { EventsError, type EventsErrorCode, PostponeError, UnrecoverableError } from '../errors/index.js';

/** What was dispatched was refused for what it is, and nothing has been done: it would be refused again. */
const REFUSALS: ReadonlySet<EventsErrorCode> = new Set([
  'EVENTS_INVALID_EVENT',
  'EVENTS_INVALID_OPTIONS',
  'EVENTS_INVALID_PAYLOAD',
  'EVENTS_NESTED_TOO_DEEP',
]);

/**
 * Whether it is settled what is to become of a delivery. The work itself says that trying again is pointless, or when
 * it is to be called again; or it was refused, and is no better in another attempt, nor for being done another way
 * than was asked for. No driver knows better, and none of it says anything about the health of what the work depends
 * on.
 */
export function isVerdict(error: unknown): boolean {
  if (UnrecoverableError.isInstance(error) || PostponeError.isInstance(error)) return true;
  return EventsError.isInstance(error) && REFUSALS.has(error.code);
}
