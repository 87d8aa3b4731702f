import { isThrown } from './thrown.js';

const MARKER = Symbol.for('nestjs-event-drivers:error');

/** What went wrong, as a value that survives minification and duplicate installs. */
export type EventsErrorCode =
  | 'EVENTS_CIRCUIT_OPEN'
  | 'EVENTS_DISPATCH_FAILED'
  | 'EVENTS_DRIVER'
  | 'EVENTS_DRIVER_CLOSED'
  | 'EVENTS_FALLBACK_EXHAUSTED'
  | 'EVENTS_INVALID_CONFIG'
  | 'EVENTS_INVALID_EVENT'
  | 'EVENTS_INVALID_LISTENER'
  | 'EVENTS_INVALID_OPTIONS'
  | 'EVENTS_NOT_READY'
  | 'EVENTS_QUEUE_FULL'
  | 'EVENTS_RETRIES_EXHAUSTED'
  | 'EVENTS_TIMEOUT'
  | 'EVENTS_UNRECOVERABLE';

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
