import type { Topology } from '../../dispatch/event-dispatcher.js';
import type { RegisteredDriver } from '../../driver/driver.registry.js';
import { getEventName } from '../../event/event-name.js';
import { type EventClass, InvalidListenerError, NotReadyError } from '../../index.js';
import { matchesPattern } from '../../listener/event-pattern.js';
import type { DeliveryRecord } from './records.js';

/** Whose deliveries are meant: a listener, by its class or its id; or an event class, for the event's own work. */
// oxlint-disable-next-line typescript/no-explicit-any -- of whatever the constructor of a listener takes
export type DeliveryTarget = string | (abstract new (...args: any[]) => object);

/** Finds the drivers of an application. */
export interface DriverFinder {
  /** @throws an `EventDriverException` if no driver, or more than one, goes by that name */
  findDriver(name: string): RegisteredDriver;
}

/** Finds what a test means by a listener, an event or a driver. */
export class TargetFinder implements DriverFinder {
  constructor(private readonly getTopology: () => Topology | undefined) {}

  findDriver(name: string): RegisteredDriver {
    return this.getReady().drivers.get(name);
  }

  /** @throws {@link InvalidListenerError} for what is no listener and no event, with those there are */
  toPredicate(target: DeliveryTarget): (delivery: DeliveryRecord) => boolean {
    if (isEventClass(target)) {
      return ({ event, eventName, listenerId }) =>
        listenerId === undefined &&
        (matchesPattern(target, event.constructor, eventName) || eventName === getEventName(target));
    }
    const ids = this.findListenerIds(target);
    return ({ listenerId }) => listenerId !== undefined && ids.has(listenerId);
  }

  /** A listener by the name of its id; an event by that of its class. */
  describe(target: DeliveryTarget): string {
    if (typeof target === 'string') return target;
    return isEventClass(target) ? `execute() of ${target.name}` : target.name;
  }

  private findListenerIds(target: DeliveryTarget): ReadonlySet<string> {
    const { listeners } = this.getReady();
    const found = listeners.filter(({ id, owner }) =>
      typeof target === 'string' ? id === target : owner === target || owner.prototype instanceof target,
    );
    if (found.length > 0) return new Set(found.map(({ id }) => id));
    const known = listeners.map(({ id }) => `'${id}'`).join(', ');
    const what = typeof target === 'function' ? target.name : target;
    throw new InvalidListenerError(
      what,
      `the application has no such listener, and it is no event class. There are: ${known || 'none'}`,
    );
  }

  private getReady(): Topology {
    const topology = this.getTopology();
    if (topology === undefined) throw new NotReadyError();
    return topology;
  }
}

function isEventClass(target: DeliveryTarget): target is EventClass & (abstract new () => object) {
  const prototype =
    typeof target === 'function' ? (target.prototype as Partial<Record<string, unknown>>) : undefined;
  return typeof prototype?.['execute'] === 'function' && typeof prototype['getPayload'] === 'function';
}
