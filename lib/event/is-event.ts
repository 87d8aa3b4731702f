import type { IBaseEvent } from './event.interface.js';

/** Whether a value has what every event has; one that cannot be looked at has not. */
export function isEvent(value: unknown): value is IBaseEvent {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { getName: name, getPayload, execute: work } = value as Partial<IBaseEvent>;
    return typeof name === 'function' && typeof getPayload === 'function' && typeof work === 'function';
  } catch {
    return false;
  }
}
