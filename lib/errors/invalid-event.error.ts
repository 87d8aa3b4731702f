import { inspect } from 'node:util';
import { shorten, toOneLine } from './describe-thrown.js';
import { EventsError } from './events.error.js';

/** As many keys of what is no event as tell what it is. */
const MAX_KEYS = 8;
const MAX_LENGTH = 128;

/** Something that is no event was dispatched, or an event that its driver could not deliver. */
export class InvalidEventError extends EventsError {
  readonly code = 'EVENTS_INVALID_EVENT';

  /**
   * What was dispatched, or the class of it where no event of its kind can be delivered. It is not shown with the
   * error, since its payload may be nobody's business.
   */
  declare readonly received: unknown;

  /** @param problem what is wrong with it, or the name that its `getName()` returned, if it is not that it is none */
  constructor(received: unknown, problem?: string | { name: unknown }, options?: ErrorOptions) {
    super(
      problem === undefined
        ? `dispatch() takes an event, that is, an object with getName(), getPayload() and execute(), ` +
            `but was given ${describe(received)}. Extend BaseEvent and dispatch an instance of it: ` +
            `dispatch(new UserCreated({ id: 1 })).`
        : typeof problem === 'string'
          ? problem
          : `getName() of ${describe(received)} must return a non-empty string, not ${show(problem.name)}.`,
      options,
    );
    Object.defineProperty(this, 'received', { value: received });
  }
}

/** What it is, without what is in it: it may be the payload itself, that its event was forgotten of. */
function describe(received: unknown): string {
  try {
    if (typeof received === 'function') return `the class or function ${received.name || '(anonymous)'}`;
    if (typeof received === 'string') return `the text ${show(received)}`;
    return typeof received === 'object' && received !== null ? describeObject(received) : show(received);
  } catch {
    return typeof received;
  }
}

function describeObject(received: object): string {
  const { constructor } = received;
  if (Array.isArray(received)) return 'a list';
  if (typeof constructor === 'function' && constructor !== Object && constructor.name !== '') {
    return `an instance of ${toOneLine(constructor.name)}`;
  }
  const keys = Object.keys(received).slice(0, MAX_KEYS);
  return keys.length === 0
    ? 'an empty object'
    : `an object with ${shorten(toOneLine(keys.join(', ')), MAX_LENGTH)}`;
}

function show(value: unknown): string {
  return shorten(
    inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: MAX_LENGTH }),
    2 * MAX_LENGTH,
  );
}
