import { InvalidOptionsError } from '../../errors/index.js';

/**
 * The functions of a test runner that a suite declares its tests with. Those of jest and vitest fit as they
 * are; of `node:test`, `after` is `afterAll`.
 */
export interface ConformanceRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  /** `timeoutMs` is more than the test may take; a runner that knows no such argument may ignore it. */
  readonly it: (title: string, body: () => Promise<void>, timeoutMs: number) => unknown;
  readonly afterAll: (body: () => Promise<void>) => unknown;
}

/**
 * The functions that a suite is given, or those of a runner that has them as globals: jest, and vitest with
 * `globals: true`.
 *
 * @throws {@link InvalidOptionsError} where there are none
 */
export function resolveRunner(suite: string, given: ConformanceRunner | undefined): ConformanceRunner {
  if (given !== undefined) return given;
  const { describe, it, afterAll, after = afterAll } = globalThis as Partial<Record<string, unknown>>;
  if (isFunction(describe) && isFunction(it) && isFunction(after)) {
    return { describe, it, afterAll: after };
  }
  throw new InvalidOptionsError(`${suite}()`, [
    `there are no globals describe, it and afterAll here; pass those of your test runner as the third argument: ` +
      `import { afterAll, describe, it } from 'vitest' (or from '@jest/globals') and pass { describe, it, afterAll }; ` +
      `of 'node:test', import { after, describe, it } and pass { describe, it, afterAll: after }`,
  ]);
}

function isFunction(value: unknown): value is () => void {
  return typeof value === 'function';
}
