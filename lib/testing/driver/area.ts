import type { DriverCapabilities } from '../../driver/driver.interface.js';
import type { ConformanceRunner } from '../conformance/runner.js';
import { DriverBench } from './driver-bench.js';
import type { SharedApp } from './places.js';

type Body = (bench: DriverBench) => Promise<void>;

/** Declares the tests of an area. */
export type Declare = (title: string, body: Body) => void;

/** A part of what drivers promise. What a driver does not claim is tried as well: it has to be refused. */
export interface Area {
  readonly title: string;
  declare(it: Declare): void;
}

/** More than any test takes that is not waiting in vain. */
const TIMES_PATIENCE = 6;

export function describeArea(area: Area, suite: DriverSuite, runner: ConformanceRunner): void {
  const timeoutMs = (suite.shared.harness.patienceMs ?? 10_000) * TIMES_PATIENCE;
  runner.describe(area.title, () => {
    area.declare((title, body) => {
      runner.it(title, () => suite.run(body), timeoutMs);
    });
  });
}

/** What the tests of one driver have in common. */
export class DriverSuite {
  private capabilities: Promise<DriverCapabilities> | undefined;

  constructor(readonly shared: SharedApp) {}

  async run(body: Body): Promise<void> {
    const capabilities = await (this.capabilities ??= this.readCapabilities());
    const bench = new DriverBench(this.shared.harness, this.shared, capabilities);
    let isPassed = false;
    try {
      await body(bench);
      isPassed = true;
    } finally {
      // What a test failed with says more than what it leaves behind.
      await bench.end().catch((error: unknown) => {
        if (isPassed) throw error;
      });
    }
  }

  /** What a driver promises may depend on its options and on those it wraps, so that it has to be in an application. */
  private async readCapabilities(): Promise<DriverCapabilities> {
    const { capabilities } = await this.shared.get();
    return { ...capabilities };
  }
}
