import type { DriverOptionName } from '../driver/driver.interface.js';
import type { RegisteredDriver } from '../driver/driver.registry.js';
import { getEventMetadata } from '../event/event-metadata.js';
import type { EventClass } from '../event/event.interface.js';
import { matchListeners } from '../listener/listener.js';
import { assertOptions } from './assert-options.js';
import { assertStorable } from './assert-storable.js';
import { warnOfUndeclared } from './warn-of-undeclared.js';
import type { Topology } from './event-dispatcher.js';
import { EventPlan } from './event-plan.js';

/** Who says what the event's own `execute()` does, if it does anything. */
export type WorkOwner = 'nobody' | 'class' | 'instance';

/** What tells the events of one plan from those of another. */
export interface PlanKey {
  readonly eventClass: EventClass;
  readonly name: string;
  readonly work: WorkOwner;
  /** The driver that the dispatch asks for. */
  readonly requested: string | undefined;
  /** The driver that the event asks for. */
  readonly ofEvent: string | undefined;
}

/**
 * How the events of a kind are delivered.
 *
 * @throws {@link InvalidEventError} if one of their drivers could not make such an event of what it stores
 */
export function createPlan(key: PlanKey, { config, drivers, events, listeners }: Topology): EventPlan {
  const { eventClass, name, work, requested, ofEvent } = key;
  if ((eventClass as Function) !== Object) events.discover(eventClass);
  const find = (driverName: string | undefined): RegisteredDriver =>
    drivers.get(requested ?? driverName ?? ofEvent ?? config.defaultDriver);
  const deliveries = matchListeners(listeners, eventClass, name).map((listener) => ({
    listener,
    driver: find(listener.driver),
  }));
  // With nothing to do and nobody to tell, it is still given to its driver, which may have a use for it.
  const ownDriver = work !== 'nobody' || deliveries.length === 0 ? find(undefined) : undefined;
  const isDriverUsed =
    ownDriver !== undefined || deliveries.some(({ listener }) => listener.driver === undefined);
  // Who asks for another driver in a single dispatch does without what that cannot honour.
  if (requested === undefined && isDriverUsed) assertHonoured(key, find(undefined));
  return new EventPlan(name, ownDriver, deliveries, (isOwnWorkStored) => {
    assertStorable(key, events, isOwnWorkStored);
    warnOfUndeclared(key, events);
  });
}

/** For classes that are not known at start-up, and for events that choose their driver by themselves. */
function assertHonoured({ eventClass, name }: PlanKey, driver: RegisteredDriver): void {
  const { delivery } = getEventMetadata(eventClass);
  if (delivery !== undefined) assertOptions(name, Object.keys(delivery) as DriverOptionName[], driver);
}
