import { describeCause, RehydrationError } from '../../errors/index.js';
import { BaseEvent, SET_ID } from '../../event/base-event.js';
import { getEventName } from '../../event/event-name.js';
import type { EventClass, IBaseEvent } from '../../event/event.interface.js';

interface Rehydratable {
  new (payload: unknown): IBaseEvent;
  /** Makes an event of what was stored, where the constructor takes something else than the payload. */
  fromPayload?(payload: unknown): IBaseEvent;
}

/**
 * Whether the constructor of a class takes the payload. One that does not is called once; one that does
 * is called for every event, and one bad payload does not change what is known about it.
 */
const takesPayload = new WeakMap<EventClass, boolean>();

/**
 * An event of a class with a stored payload, id and time. It is made by the first of these that the class
 * has a use for:
 *
 * 1. its static `fromPayload(payload)`;
 * 2. its constructor, if that takes the payload;
 * 3. the constructor of `BaseEvent` alone: methods work, fields that its own would have set are missing.
 *
 * @throws {@link RehydrationError} if none makes an event
 */
export function rehydrateEvent(
  eventClass: EventClass,
  payload: unknown,
  eventId: string,
  timestamp?: unknown,
): IBaseEvent {
  const event =
    callFromPayload(eventClass, payload) ??
    callConstructor(eventClass, payload) ??
    constructBase(eventClass, payload);
  setId(event, eventId, typeof timestamp === 'number' ? timestamp : undefined);
  return event;
}

function callFromPayload(eventClass: EventClass, payload: unknown): IBaseEvent | undefined {
  const concrete = eventClass as unknown as Rehydratable;
  if (typeof concrete.fromPayload !== 'function') return undefined;
  const name = getEventName(eventClass);
  let event: unknown;
  try {
    event = concrete.fromPayload(payload);
  } catch (error) {
    throw new RehydrationError(name, `${eventClass.name}.fromPayload() threw: ${describeCause(error)}`, {
      cause: error,
    });
  }
  if (event instanceof eventClass) return event;
  throw new RehydrationError(name, `${eventClass.name}.fromPayload() must return a ${eventClass.name}.`);
}

function callConstructor(eventClass: EventClass, payload: unknown): IBaseEvent | undefined {
  const known = takesPayload.get(eventClass);
  if (known === false) return undefined;
  try {
    const event = new (eventClass as unknown as Rehydratable)(payload);
    if (Object.is(event.getPayload(), payload)) {
      if (known === undefined) takesPayload.set(eventClass, true);
      return event;
    }
  } catch (error) {
    if (known === true) {
      const reason = `the constructor of ${eventClass.name} threw: ${describeCause(error)}`;
      throw new RehydrationError(getEventName(eventClass), reason, { cause: error });
    }
    // It was made for other arguments.
  }
  if (known === undefined) takesPayload.set(eventClass, false);
  return undefined;
}

function constructBase(eventClass: EventClass, payload: unknown): IBaseEvent {
  if (eventClass.prototype instanceof BaseEvent) {
    return Reflect.construct(BaseEvent, [payload], eventClass) as IBaseEvent;
  }
  throw new RehydrationError(
    getEventName(eventClass),
    `the constructor of ${eventClass.name} takes something else than the payload. ` +
      `Add static fromPayload(payload) to ${eventClass.name}, or extend BaseEvent.`,
  );
}

/** A listener that asks for the id gets the same at every attempt, also from an event that makes one up. */
function setId(event: IBaseEvent, id: string, timestamp: number | undefined): void {
  if (event instanceof BaseEvent) {
    event[SET_ID](id, timestamp);
    return;
  }
  if (event.getId?.() === id || !Object.isExtensible(event)) return;
  Object.defineProperty(event, 'getId', { value: () => id, configurable: true, writable: true });
}
