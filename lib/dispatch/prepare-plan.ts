import { isStore } from '../driver/driver-stack.js';
import type { DriverOptionName } from '../driver/driver.interface.js';
import type { DriverRegistry, RegisteredDriver } from '../driver/driver.registry.js';
import { InvalidOptionsError } from '../errors/index.js';
import type { DispatchRequest } from './dispatch-options.js';
import type { Topology } from './event-dispatcher.js';
import type { EventPlan } from './event-plan.js';

/**
 * The plan for a dispatch with options.
 *
 * @throws {@link UnsupportedOptionError} if one of its drivers cannot honour one of them
 */
export function preparePlan(
  plan: EventPlan,
  { options = {}, afterCommit }: DispatchRequest,
  { drivers }: Topology,
): EventPlan {
  const relayed =
    'transaction' in options && afterCommit !== false
      ? plan.relayThrough(findRelay(afterCommit, drivers))
      : plan;
  relayed.assertOptions(Object.keys(options) as DriverOptionName[]);
  return relayed;
}

/** The driver that stores, in a transaction, what others are to deliver once it is committed. */
export function findRelay(afterCommit: true | string, drivers: DriverRegistry): RegisteredDriver {
  if (typeof afterCommit === 'string') return drivers.get(afterCommit);
  // Not those around one that stores: whoever means them can name them.
  const able = drivers
    .getAll()
    .filter(({ driver }) => isStore(driver) && driver.capabilities?.options?.includes('transaction'));
  if (able.length === 1) return able[0]!;
  throw new InvalidOptionsError('Options of dispatch()', [
    able.length === 0
      ? 'afterCommit needs a driver that can store in a transaction, such as a QueueDriver on PostgreSQL; none is configured'
      : `several drivers can store in a transaction; name one: { afterCommit: '${able[0]!.name}' }`,
  ]);
}
