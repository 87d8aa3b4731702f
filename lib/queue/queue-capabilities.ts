import type { DriverOptionName } from '../driver/driver.interface.js';
import type { EngineCapabilities } from './worker-creator.js';

const ALWAYS: readonly DriverOptionName[] = ['expireIn', 'queue', 'idempotencyKey'];

/** The options of a delivery that a queue on an engine can honour. */
export function getQueueOptionNames(
  engine: EngineCapabilities,
  { runOnce = false }: { readonly runOnce?: boolean } = {},
): readonly DriverOptionName[] {
  const able: readonly (readonly [boolean, readonly DriverOptionName[]])[] = [
    [!runOnce, ['retries']],
    [engine.delay, ['delay', 'at']],
    [engine.priority, ['priority']],
    [engine.groups, ['group']],
    [engine.orderingKeys, ['orderingKey']],
    [engine.transactions, ['transaction']],
    [engine.transactionalListeners, ['transactional']],
  ];
  return [...ALWAYS, ...able.flatMap(([isAble, options]) => (isAble ? options : []))];
}
