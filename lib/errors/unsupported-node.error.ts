import { EventsError } from './events.error.js';

/** The process runs on a Node that lacks what this library needs. */
export class UnsupportedNodeError extends EventsError {
  readonly code = 'EVENTS_UNSUPPORTED_NODE';
}
