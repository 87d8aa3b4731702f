import { isThrown } from './thrown.js';

const MARKER = Symbol.for('nestjs-event-drivers:error');

/** What went wrong, as a value that survives minification and duplicate installs. */
export type EventsErrorCode =
  | 'EVENTS_ASSERTION'
  | 'EVENTS_BACKLOG'
  | 'EVENTS_CIRCUIT_OPEN'
  | 'EVENTS_CIRCULAR_DRIVER'
  | 'EVENTS_CONTEXT_CARRIER'
  | 'EVENTS_DELIVERY_ABORTED'
  | 'EVENTS_DISPATCH_FAILED'
  | 'EVENTS_DISPATCH_TIMEOUT'
  | 'EVENTS_DRIVER'
  | 'EVENTS_DRIVER_CLOSED'
  | 'EVENTS_EMBEDDED_IN_USE'
  | 'EVENTS_FALLBACK_EXHAUSTED'
  | 'EVENTS_INJECTED_FAULT'
  | 'EVENTS_INVALID_CONFIG'
  | 'EVENTS_INVALID_EVENT'
  | 'EVENTS_INVALID_LISTENER'
  | 'EVENTS_INVALID_OPTIONS'
  | 'EVENTS_INVALID_PAYLOAD'
  | 'EVENTS_INVALID_TRANSACTION'
  | 'EVENTS_NESTED_TOO_DEEP'
  | 'EVENTS_NOT_READY'
  | 'EVENTS_NOT_SETTLED'
  | 'EVENTS_NOT_STORED'
  | 'EVENTS_NOT_WATCHED'
  | 'EVENTS_OUTCOME_UNKNOWN'
  | 'EVENTS_POSTPONED'
  | 'EVENTS_QUEUE_FULL'
  | 'EVENTS_REHYDRATION'
  | 'EVENTS_RETRIES_EXHAUSTED'
  | 'EVENTS_SCHEMA_MISMATCH'
  | 'EVENTS_STORE_CLOSED'
  | 'EVENTS_STORE_TIMEOUT'
  | 'EVENTS_STORE_UNAVAILABLE'
  | 'EVENTS_TIMEOUT'
  | 'EVENTS_UNKNOWN_DRIVER'
  | 'EVENTS_UNKNOWN_EVENT'
  | 'EVENTS_UNKNOWN_LISTENER'
  | 'EVENTS_UNREADABLE_PAYLOAD'
  | 'EVENTS_UNRECOVERABLE'
  | 'EVENTS_UNSUPPORTED_NODE'
  | 'EVENTS_UNSUPPORTED_OPTION'
  | 'EVENTS_UNSUPPORTED_VERSION';

/**
 * The base of the errors that this library throws itself. What a listener or an event throws is
 * passed on as it is.
 */
export abstract class EventsError extends Error {
  abstract readonly code: EventsErrorCode;

  /** Recognises an error of this library, also one from another copy of the package. */
  static isInstance(error: unknown): error is EventsError {
    return isThrown(error, (thrown) => typeof thrown === 'object' && thrown !== null && MARKER in thrown);
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** Marks a class that cannot extend {@link EventsError} because it extends `AggregateError`. */
export function markAsEventsError(prototype: object): void {
  Object.defineProperty(prototype, MARKER, { value: true });
}

markAsEventsError(EventsError.prototype);
