import { type ConformanceRunner, resolveRunner } from '../conformance/runner.js';
import { type Area, describeArea } from './area.js';
import type { EngineHarness } from './harness.js';
import { SharedStore } from './test-store.js';
import { closing } from './areas/closing.js';
import { counting } from './areas/counting.js';
import { crashes } from './areas/crashes.js';
import { deadLetters } from './areas/dead-letters.js';
import { groups } from './areas/groups.js';
import { opening } from './areas/opening.js';
import { orderingKeys } from './areas/ordering-keys.js';
import { outcomes } from './areas/outcomes.js';
import { pausing } from './areas/pausing.js';
import { rateLimits } from './areas/rate-limits.js';
import { redriving } from './areas/redriving.js';
import { releasing } from './areas/releasing.js';
import { runningOnce } from './areas/running-once.js';
import { scheduling } from './areas/scheduling.js';
import { storing } from './areas/storing.js';
import { transactionalDeliveries } from './areas/transactional-deliveries.js';
import { transactions } from './areas/transactions.js';
import { working } from './areas/working.js';

const AREAS: readonly Area[] = [
  opening,
  storing,
  scheduling,
  working,
  outcomes,
  releasing,
  runningOnce,
  orderingKeys,
  groups,
  rateLimits,
  transactions,
  transactionalDeliveries,
  deadLetters,
  redriving,
  counting,
  pausing,
  crashes,
  closing,
];

/**
 * Declares the tests that every engine of `QueueDriver` is to pass: what the abstract class `WorkerCreator`
 * promises, area by area. What an engine can do is taken from its own `capabilities`; what it cannot do, it has
 * to refuse.
 *
 * The suite needs no particular test runner: it is given the functions of one, or takes them from the globals.
 *
 * @param name the name of the engine, for the title
 * @param harness makes stores, and engines on them
 * @param runner `describe`, `it` and `afterAll` of jest or vitest; of `node:test`, `after` is `afterAll`. May be left
 *   out where these are globals
 * @throws an `InvalidOptionsError` if it is left out and they are not
 *
 * @example
 * ```ts
 * import { afterAll, describe, it } from 'vitest';
 * import { describeWorkerCreator } from 'nestjs-event-drivers/testing';
 *
 * describeWorkerCreator('RedisWorkerCreator', {
 *   createStore: () => {
 *     const prefix = `test:${randomUUID()}`;
 *     return {
 *       create: () => new RedisWorkerCreator({ url, prefix }),
 *       crash: (engine) => (engine as RedisWorkerCreator).disconnect(),
 *       destroy: () => deleteKeys(`${prefix}:*`),
 *     };
 *   },
 * }, { describe, it, afterAll });
 * ```
 */
export function describeWorkerCreator(
  name: string,
  harness: EngineHarness,
  runner?: ConformanceRunner,
): void {
  const { describe, afterAll, it } = resolveRunner('describeWorkerCreator', runner);
  describe(name, () => {
    const shared = new SharedStore(harness);
    afterAll(() => shared.end());
    for (const area of AREAS) describeArea(area, shared, { describe, it, afterAll });
  });
}
