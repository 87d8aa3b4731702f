import { shorten, toOneLine } from '../errors/index.js';
import { BaseEvent } from './base-event.js';
import { getEventMetadata } from './event-metadata.js';
import type { EventClass, IBaseEvent } from './event.interface.js';

const MAX_LABEL = 512;

/** An event as logs name it: by its name, and by the listener that this delivery of it is for. */
export function getLabel(event: IBaseEvent): string {
  const listenerId = event.getListenerId?.();
  const label = listenerId === undefined ? event.getName() : `${event.getName()} for ${listenerId}`;
  return shorten(toOneLine(label.slice(0, MAX_LABEL + 1)), MAX_LABEL);
}

/**
 * The name that instances of a class will have. Where the class overrides `getName()` it is asked
 * without an instance; one whose name depends on its payload goes by its metadata instead.
 */
export function getEventName(eventClass: EventClass): string {
  const prototype = eventClass.prototype as Partial<IBaseEvent> | undefined;
  const getName = prototype?.getName;
  if (getName !== undefined && getName !== BaseEvent.prototype.getName) {
    try {
      const name: unknown = getName.call(Object.create(prototype as object) as IBaseEvent);
      if (typeof name === 'string' && name !== '') return name;
    } catch {
      // It needs an instance.
    }
  }
  return getEventMetadata(eventClass).name;
}
