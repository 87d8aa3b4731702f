import { inspect } from 'node:util';
import { EventsError } from './events.error.js';

/** Something that is no event was dispatched, or an event that its driver could not deliver. */
export class InvalidEventError extends EventsError {
  readonly code = 'EVENTS_INVALID_EVENT';

  /** @param problem what is wrong with it, or the name that its `getName()` returned, if it is not that it is none */
  constructor(
    /** What was dispatched, or the class of it where no event of its kind can be delivered. */
    readonly received: unknown,
    problem?: string | { name: unknown },
    options?: ErrorOptions,
  ) {
    super(
      problem === undefined
        ? `dispatch() takes an event, that is, an object with getName(), getPayload() and execute(), ` +
            `but was given ${describe(received)}. Extend BaseEvent and dispatch an instance of it: ` +
            `dispatch(new UserCreated({ id: 1 })).`
        : typeof problem === 'string'
          ? problem
          : `getName() of ${describe(received)} must return a non-empty string, not ${describe(problem.name)}.`,
      options,
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
