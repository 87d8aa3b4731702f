import type { DriverHarness } from 'nestjs-event-drivers/testing';
import { BROKEN_IN_PROCESS } from './broken-drivers/in-process.js';
import { BROKEN_STORES } from './broken-drivers/storing.js';
import { BROKEN_WRAPPERS } from './broken-drivers/wrapping.js';

/** A driver that breaks one promise, and how the suite is to find it out. */
export interface BrokenDriver {
  /** The area of the suite. */
  readonly area: string;
  readonly flaw: string;
  /** What the failure has to say. */
  readonly finding: string;
  readonly harness: DriverHarness;
}

export const BROKEN_DRIVERS: readonly BrokenDriver[] = [
  ...BROKEN_IN_PROCESS,
  ...BROKEN_STORES,
  ...BROKEN_WRAPPERS,
];
