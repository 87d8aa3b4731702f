import type { IBaseEvent } from './event.interface.js';

/** Whether a value has what every event has. */
export function isEvent(value: unknown): value is IBaseEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { getName: name, getPayload, execute: work } = value as Partial<IBaseEvent>;
  return typeof name === 'function' && typeof getPayload === 'function' && typeof work === 'function';
}
