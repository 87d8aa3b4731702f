import { toMilliseconds } from '../utils/duration.js';
import { type DeliveryOptions, OVERTAKEN, pickDeliveryOptions } from '../event/delivery-options.js';
import { getEventMetadata } from '../event/event-metadata.js';
import { getEventName } from '../event/event-name.js';
import type { EventClass } from '../event/event.interface.js';
import type { Listener } from '../listener/listener.js';
import type { Subscription } from '../listener/listener-metadata.js';
import type { Parts } from './find-topology-problems.js';

/** Whoever leaves one of these aside delivers at another time than was asked for; others only less well. */
const VITAL: ReadonlySet<string> = new Set(['delay']);

/** What listeners and events ask of drivers that cannot do it, a sentence each. */
export function findOptionProblems(parts: Parts): string[] {
  const problems = [
    ...[...parts.classes].flatMap((eventClass) => checkEvent(eventClass, parts)),
    ...parts.listeners.flatMap((listener) =>
      listener.subscriptions.flatMap((subscription) => checkSubscription(listener, subscription, parts)),
    ),
  ];
  return [...new Set(problems)];
}

/** What events ask for that a driver which one of their listeners has chosen does without, a sentence each. */
export function findOptionsLeftAside(parts: Parts): string[] {
  const left = parts.listeners.flatMap(({ label, subscriptions }) =>
    subscriptions.flatMap((subscription) =>
      findInherited(label, subscription, parts, (name) => !VITAL.has(name)),
    ),
  );
  return [...new Set(left)];
}

function checkEvent(eventClass: EventClass, parts: Parts): string[] {
  const { driver = parts.config.defaultDriver, delivery = {} } = getEventMetadata(eventClass);
  const who = `event ${eventClass.name}`;
  const refused = findRefused(driver, Object.keys(delivery), parts).map((option) =>
    explain(who, option, driver),
  );
  return [...refused, ...checkOrder(who, delivery)];
}

function checkSubscription({ label }: Listener, subscription: Subscription, parts: Parts): string[] {
  const { patterns, options } = subscription;
  const delivery = pickDeliveryOptions(options);
  const asked = Object.keys(delivery ?? {});
  if (options.transactional === true) asked.push('transactional');
  const own = patterns.flatMap((pattern) => {
    const ofEvent = typeof pattern === 'function' ? getEventMetadata(pattern).driver : undefined;
    const driver = options.driver ?? ofEvent ?? parts.config.defaultDriver;
    return findRefused(driver, asked, parts).map((option) => explain(`listener ${label}`, option, driver));
  });
  const merged = patterns.flatMap((pattern) =>
    checkOrder(`listener ${label}`, {
      ...(typeof pattern === 'function' && getEventMetadata(pattern).delivery),
      ...delivery,
    }),
  );
  return [...own, ...merged, ...findInherited(label, subscription, parts, (name) => VITAL.has(name))];
}

function checkOrder(who: string, { delay, orderingKey }: DeliveryOptions): string[] {
  return orderingKey === undefined || delay === undefined || toMilliseconds(delay) === 0
    ? []
    : [`${who} asks for delay and orderingKey, which exclude one another: ${OVERTAKEN}`];
}

/**
 * The options of an event hold for its listeners. One that names the event and another driver is to know of them; one
 * that hears it by a pattern, or by a class that it extends, hears all kinds of events and does without.
 */
function findInherited(
  label: string,
  { patterns, options }: Subscription,
  parts: Parts,
  isMeant: (option: string) => boolean,
): string[] {
  const { driver } = options;
  if (driver === undefined) return [];
  const own = Object.keys(pickDeliveryOptions(options) ?? {});
  const named = [...parts.classes].filter((eventClass) =>
    patterns.some((pattern) => pattern === eventClass || pattern === getEventName(eventClass)),
  );
  return named.flatMap((eventClass) => {
    const inherited = Object.keys(getEventMetadata(eventClass).delivery ?? {});
    const asked = inherited.filter((option) => isMeant(option) && !own.includes(option));
    return findRefused(driver, asked, parts).map(
      (option) =>
        `event ${eventClass.name} asks for '${option}', which driver '${driver}' of its listener ${label} cannot ` +
        `honour; name a driver there that can, or move the option from @Event() to the listeners that it is meant for`,
    );
  });
}

function findRefused(driver: string, asked: readonly string[], { drivers }: Parts): string[] {
  if (asked.length === 0 || !drivers.has(driver)) return [];
  const honoured: readonly string[] = drivers.get(driver).driver.capabilities?.options ?? [];
  return asked.filter((option) => option !== 'queue' && !honoured.includes(option));
}

function explain(who: string, option: string, driver: string): string {
  const able = option === 'transactional' ? ', such as a QueueDriver on PostgreSQL' : '';
  return `${who} asks for '${option}', which its driver '${driver}' cannot honour; name one that can${able}`;
}
