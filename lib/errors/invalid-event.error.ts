import { inspect } from 'node:util';
import { EventsError } from './events.error.js';

/** Something that is no event was dispatched. */
export class InvalidEventError extends EventsError {
  readonly code = 'EVENTS_INVALID_EVENT';

  /** @param returned the name that its `getName()` returned, if that is what is wrong */
  constructor(
    readonly received: unknown,
    returned?: { name: unknown },
  ) {
    super(
      returned === undefined
        ? `dispatch() takes an event, that is, an object with getName(), getPayload() and execute(), ` +
            `but was given ${describe(received)}. Extend BaseEvent and dispatch an instance of it: ` +
            `dispatch(new UserCreated({ id: 1 })).`
        : `getName() of ${describe(received)} must return a non-empty string, not ${describe(returned.name)}.`,
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
