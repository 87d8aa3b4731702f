import { inspect } from 'node:util';
import type { Topology } from '../dispatch/event-dispatcher.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import { InvalidOptionsError } from '../errors/index.js';
import { BaseEvent } from '../event/base-event.js';
import { getEventName } from '../event/event-name.js';
import { isEvent } from '../event/is-event.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import { getEventMetadata } from '../event/event-metadata.js';
import { matchListeners } from '../listener/listener.js';
import { toStoreName } from '../queue/queue-names.js';

/** One delivery of an event, and why it is made the way it is. */
export interface DeliveryExplanation {
  /** The id of the listener; `undefined` for the event's own `execute()`. */
  readonly listener: string | undefined;
  /** The name of the driver. */
  readonly driver: string;
  /** The class of the driver, and of those it wraps, outermost first: `'RetryDriver -> SyncDriver'`. */
  readonly stack: string;
  /** The queue in the store, where it is stored. */
  readonly queue: string | undefined;
  /** What decided for this driver. */
  readonly because: string;
  /** There where the listener's `when` decides, for each event, whether it is made at all. */
  readonly conditional?: true;
}

/** Which way an event goes. */
export interface EventExplanation {
  readonly event: string;
  readonly version: number;
  readonly deliveries: readonly DeliveryExplanation[];
}

interface Subject {
  readonly eventClass: EventClass;
  readonly name: string;
  readonly driver: string | undefined;
  readonly queue: string;
  readonly hasWork: boolean;
}

/**
 * Works out what a dispatch without options of its own would do.
 *
 * @throws {@link InvalidOptionsError} for what is no event, or the name of none
 */
export function explainEvent(event: IBaseEvent | EventClass | string, topology: Topology): EventExplanation {
  const subject = readSubject(event, topology);
  const { config, listeners } = topology;
  const ofEvent =
    subject.driver === undefined
      ? { driver: config.defaultDriver, because: 'it is the defaultDriver' }
      : { driver: subject.driver, because: 'the event names it' };
  const matched = matchListeners(listeners, subject.eventClass, subject.name);
  const deliveries = matched.map(({ id, driver, delivery, accepts }) => ({
    ...describe(
      topology,
      id,
      driver === undefined ? ofEvent : { driver, because: 'the listener names it' },
      delivery?.queue ?? subject.queue,
    ),
    ...(accepts === undefined ? undefined : { conditional: true as const }),
  }));
  const own =
    subject.hasWork || matched.length === 0 ? [describe(topology, undefined, ofEvent, subject.queue)] : [];
  return {
    event: subject.name,
    version: getEventMetadata(subject.eventClass).version,
    deliveries: [...own, ...deliveries],
  };
}

function readSubject(event: unknown, topology: Topology): Subject {
  if (typeof event === 'string') return readName(event, topology);
  if (typeof event === 'function') return readClass(event);
  if (!isEvent(event)) {
    throw new InvalidOptionsError('explain()', [
      `it takes an event, an event class or the name of an event, not ${inspect(event, { depth: 0 })}`,
    ]);
  }
  return {
    eventClass: event.constructor as EventClass,
    name: event.getName(),
    driver: event.getDriverName?.(),
    queue: event.getQueueName?.() ?? 'default',
    hasWork: event.execute !== BaseEvent.prototype.execute,
  };
}
function readName(name: string, { events, listeners }: Topology): Subject {
  const eventClass = events.get(name);
  if (eventClass !== undefined) return { ...readClass(eventClass), name };
  const subject = readClass(Object);
  if (matchListeners(listeners, subject.eventClass, name).length > 0) return { ...subject, name };
  const known = events.getNames().map((each) => `'${each}'`);
  // It would go its way as well, but is rather a mistake.
  throw new InvalidOptionsError('explain()', [
    `the application knows no event '${name}', and no listener hears that name; it knows ${known.join(', ') || 'none'}`,
  ]);
}

function readClass(subject: Function): Subject {
  const eventClass = subject as EventClass;
  const { driver, queue } = getEventMetadata(eventClass);
  const { execute } = (eventClass.prototype ?? {}) as Partial<IBaseEvent>;
  return {
    eventClass,
    name: getEventName(eventClass),
    driver,
    queue,
    hasWork: execute !== undefined && execute !== BaseEvent.prototype.execute,
  };
}

function describe(
  { drivers }: Topology,
  listener: string | undefined,
  { driver: name, because }: { driver: string; because: string },
  queue: string,
): DeliveryExplanation {
  const registered = drivers.get(name);
  const stack = stackOf(registered.driver);
  // It may be stored by a driver that this one wraps.
  const storing = registered.isDurable
    ? stack.find((driver) => driver.work !== undefined && driver.capabilities?.durable === true)
    : undefined;
  return {
    listener,
    driver: registered.name,
    stack: stack.map((driver) => driver.constructor.name).join(' -> '),
    queue: storing === undefined ? undefined : toStoreName(storing.getName(), queue),
    because,
  };
}

interface Wrapping extends IEventDriver {
  getWrappedDrivers(): readonly IEventDriver[];
}

/** A driver and those it wraps, outermost first. */
function stackOf(driver: IEventDriver): IEventDriver[] {
  const wrapped = (driver as Partial<Wrapping>).getWrappedDrivers?.() ?? [];
  return [driver, ...wrapped.flatMap(stackOf)];
}
