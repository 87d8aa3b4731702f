import { type ConformanceRunner, resolveRunner } from '../conformance/runner.js';
import { type Area, describeArea, DriverSuite } from './area.js';
import { aborting } from './areas/aborting.js';
import { concurrency } from './areas/concurrency.js';
import { configuring } from './areas/configuring.js';
import { delivering } from './areas/delivering.js';
import { durability } from './areas/durability.js';
import { failing } from './areas/failing.js';
import { options } from './areas/options.js';
import { payloads } from './areas/payloads.js';
import { shuttingDown } from './areas/shutting-down.js';
import { wrapping } from './areas/wrapping.js';
import type { DriverHarness } from './harness.js';
import { SharedApp } from './places.js';

const AREAS: readonly Area[] = [
  configuring,
  delivering,
  failing,
  concurrency,
  options,
  payloads,
  durability,
  aborting,
  shuttingDown,
  wrapping,
];

/**
 * Declares the tests that every driver is to pass: what a class that extends `BaseDriver` promises to the application
 * that it is part of, area by area. Each test puts it into a Nest application, and looks at what becomes of events.
 *
 * What a driver can do is taken from its own `capabilities`; what it does not claim has to be refused.
 *
 * The suite needs no particular test runner: it is given the functions of one, or takes them from the globals. It needs
 * `@nestjs/testing`.
 *
 * @param name the name of the driver, for the title
 * @param harness the driver, and how to configure it
 * @param runner `describe`, `it` and `afterAll` of jest or vitest; of `node:test`, `after` is `afterAll`. May be left
 *   out where these are globals
 * @throws an `InvalidOptionsError` if it is left out and they are not
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { describeDriver } from 'nestjs-event-drivers/testing';
 *
 * describeDriver('FileDriver', {
 *   driver: FileDriver,
 *   options: async () => ({ folder: await mkdtemp('deliveries-') }),
 *   cleanUp: ({ folder }) => rm(folder, { recursive: true }),
 * });
 * ```
 */
export function describeDriver<TOptions>(
  name: string,
  harness: DriverHarness<TOptions>,
  runner?: ConformanceRunner,
): void {
  const { describe, it, afterAll } = resolveRunner('describeDriver', runner);
  describe(name, () => {
    const shared = new SharedApp(harness);
    const suite = new DriverSuite(shared);
    afterAll(() => shared.end());
    for (const area of AREAS) describeArea(area, suite, { describe, it, afterAll });
  });
}
