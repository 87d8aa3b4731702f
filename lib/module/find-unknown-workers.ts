import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import type { DriverRegistry, RegisteredDriver } from '../driver/driver.registry.js';
import type { Listener } from '../listener/listener.js';
import { getNamedQueues } from './named-queues.js';

/** Names of queues to work that there are none of: misspelt, they would be worked by nobody, without a word. */
export function findUnknownWorkers(
  { workers, workersSource, events }: ResolvedEventConfig,
  drivers: DriverRegistry,
  listeners: readonly Listener[],
): string[] {
  if (typeof workers === 'boolean') return [];
  const working = drivers.getAll().filter(isWorking);
  const common = ['default', ...getNamedQueues(events, listeners)];
  const queues = new Map(
    working.map((driver) => [driver.name, new Set([...common, ...getOwnQueues(driver)])]),
  );
  const known = new Set(
    [...queues].flatMap(([driver, names]) => [
      driver,
      ...names,
      ...[...names].map((name) => `${driver}.${name}`),
    ]),
  );
  const unknown = workers.filter((name) => !known.has(name));
  if (unknown.length === 0) return [];
  const there = [...queues].map(
    ([driver, names]) => `${[...names].map((name) => `'${name}'`).join(', ')} of driver '${driver}'`,
  );
  return [
    `${workersSource} names ${unknown.map((name) => `'${name}'`).join(', ')}, which fits no queue; ` +
      (there.length === 0
        ? 'no driver has queues'
        : `there are ${there.join('; ')}. Name a queue, a driver, or both as '<driver>.<queue>'`),
  ];
}

/** By the class that it is configured with: in a test, what stands in for it may have no queues. */
function isWorking({ driverClass }: RegisteredDriver): boolean {
  return typeof (driverClass.prototype as Partial<IEventDriver>).work === 'function';
}

/** The queues that the options of a driver name. */
function getOwnQueues({ options }: RegisteredDriver): string[] {
  const queues = (options as { queues?: unknown } | undefined)?.queues;
  return Array.isArray(queues) ? queues.filter((name) => typeof name === 'string') : [];
}
