import type { IEventDriver } from './driver.interface.js';

const DIRECT = Symbol('nestjs-event-drivers:direct');

type DispatchMethod = IEventDriver['dispatch'] & { readonly [DIRECT]?: true };

/**
 * Declares that the `dispatch` method of a class does no more than `event.execute()`, so that it need not be
 * called, nor a delivery be made for it. It is the method that is marked, not the class: a subclass
 * that overrides it, or a test that spies on it, is called.
 */
export function markAsDirect(prototype: Pick<IEventDriver, 'dispatch'>): void {
  Object.defineProperty(prototype.dispatch, DIRECT, { value: true });
}

export function isDirect(driver: IEventDriver): boolean {
  return (driver.dispatch as DispatchMethod)[DIRECT] === true;
}
