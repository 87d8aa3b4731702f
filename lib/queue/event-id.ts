import { describeThrown, InvalidEventError } from '../errors/index.js';
import { BaseEvent, HAS_ID, OWN_TIMESTAMP } from '../event/base-event.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { describeNoKey, isKeyText, KEY_TEXT } from '../event/key-text.js';
import { uuidv7 } from '../event/uuidv7.js';

// oxlint-disable-next-line typescript/unbound-method -- it is compared, and never called
const { getId } = BaseEvent.prototype;

/**
 * The id of an event.
 *
 * @throws {@link InvalidEventError} if its `getId()` returns what could be none, or throws
 */
export function readEventId(event: IBaseEvent): string {
  const id = askForId(event);
  if (id === undefined || id === null) return uuidv7();
  if (isKeyText(id)) return id;
  throw new InvalidEventError(
    event,
    `getId() of event '${event.getName()}' must return ${KEY_TEXT}, or undefined; not ${describeNoKey(id)}.`,
  );
}

/** Whether nobody has asked for its id: it has none yet, and nothing can have been stored under it. */
export function isWithoutId(event: IBaseEvent): boolean {
  return event instanceof BaseEvent && !hasOwnId(event) && !event[HAS_ID]();
}

/** Whether the event makes its own id, so that an event of another name may have the same. */
export function hasOwnId(event: IBaseEvent): boolean {
  return event.getId !== getId;
}

/** The time of an event, where that is not in its id. What an event overrides it with follows from its payload. */
export function readOwnTimestamp(event: IBaseEvent): number | undefined {
  return event instanceof BaseEvent && hasOwnId(event) ? event[OWN_TIMESTAMP]() : undefined;
}

function askForId(event: IBaseEvent): unknown {
  try {
    return event.getId?.();
  } catch (error) {
    const problem = `getId() of event '${event.getName()}' threw: ${describeThrown(error)}`;
    const remedy = error instanceof TypeError ? ' (Dispatch the event itself, not a Proxy of it.)' : '';
    throw new InvalidEventError(event, problem + remedy, { cause: error });
  }
}
