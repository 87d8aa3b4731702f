import { inspect } from 'node:util';
import { EventsError } from './events.error.js';

/** Something that is no event was dispatched. */
export class InvalidEventError extends EventsError {
  readonly code = 'EVENTS_INVALID_EVENT';

  constructor(readonly received: unknown) {
    super(
      `dispatch() takes an event, that is, an object with getName(), getPayload() and execute(), ` +
        `but was given ${describe(received)}. Extend BaseEvent and dispatch an instance of it: ` +
        `dispatch(new UserCreated({ id: 1 })).`,
    );
  }
}

function describe(received: unknown): string {
  if (typeof received === 'function') return `the class or function ${received.name || '(anonymous)'}`;
  try {
    return inspect(received, { depth: 0, breakLength: Infinity });
  } catch {
    return typeof received;
  }
}
