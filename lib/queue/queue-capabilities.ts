import type { DriverOptionName } from '../driver/driver.interface.js';
import type { EngineCapabilities } from './engine-capabilities.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import { WITHOUT_RATE_LIMITS } from './rate-limit.js';
import type { WorkerCreator } from './worker-creator.js';

const ALWAYS: readonly DriverOptionName[] = ['expireIn', 'queue', 'idempotencyKey'];

/** What those who work a queue need of its engine, and what to do where it has not that. */
const NEEDED = [
  {
    option: 'groupConcurrency',
    capability: 'groups',
    remedy: 'leave it out, or name an engine that has groups, such as PgBossWorkerCreator',
  },
  { option: 'rateLimit', capability: 'rateLimits', remedy: WITHOUT_RATE_LIMITS },
] as const satisfies readonly {
  readonly option: keyof ResolvedQueueOptions;
  readonly capability: keyof EngineCapabilities;
  readonly remedy: string;
}[];

/** The options of a queue that its engine cannot honour where the queue is worked, a sentence each. */
export function findUnsupportedOptions(
  driver: string,
  options: ResolvedQueueOptions,
  engine: WorkerCreator,
): string[] {
  return NEEDED.filter(
    ({ option, capability }) => options[option] !== undefined && !engine.capabilities[capability],
  ).map(
    ({ option, remedy }) =>
      `driver '${driver}' has the option ${option}, which its engine cannot honour (${engine.getStoreName()}): ${remedy}`,
  );
}

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
