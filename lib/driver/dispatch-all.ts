import type { IBaseEvent } from '../event/event.interface.js';
import type { IEventDriver } from './driver.interface.js';

/** Gives deliveries to a driver: together where it takes them together, else one after another. */
export function dispatchAll(driver: IEventDriver, deliveries: readonly IBaseEvent[]): Promise<void> {
  return takesMany(driver) ? driver.dispatchMany(deliveries) : dispatchEach(driver, deliveries);
}

async function dispatchEach(driver: IEventDriver, deliveries: readonly IBaseEvent[]): Promise<void> {
  for (const delivery of deliveries) await driver.dispatch(delivery);
}

/** A class that overrides `dispatch()` alone, or a test that spies on it, is to see each delivery. */
function takesMany(
  driver: IEventDriver,
): driver is IEventDriver & Required<Pick<IEventDriver, 'dispatchMany'>> {
  if (driver.dispatchMany === undefined) return false;
  for (
    let owner: object | null = driver;
    owner !== null;
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    if (Object.hasOwn(owner, 'dispatchMany')) return true;
    if (Object.hasOwn(owner, 'dispatch')) return false;
  }
  return true;
}
