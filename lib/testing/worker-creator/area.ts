import type { EngineCapabilities } from '../../queue/engine-capabilities.js';
import type { ConformanceRunner } from '../conformance/runner.js';
import { Bench } from './bench.js';
import { refuse } from './refusals.js';
import type { SharedStore } from './test-store.js';

type Body = (bench: Bench) => Promise<void>;
type Capability = keyof EngineCapabilities;

/** Declares the tests of an area. */
export interface Declare {
  readonly it: (title: string, body: Body) => void;
  /** Where the engine lacks the capability, the test is that it refuses what needs it. */
  readonly itNeeds: (needed: Capability | readonly Capability[], title: string, body: Body) => void;
}

/** A part of what engines promise. */
export interface Area {
  readonly title: string;
  declare(declare: Declare): void;
}

/** More than any test takes that is not waiting in vain. */
const TIMES_PATIENCE = 6;

export function describeArea(area: Area, shared: SharedStore, runner: ConformanceRunner): void {
  const timeoutMs = (shared.harness.patienceMs ?? 10_000) * TIMES_PATIENCE;
  const it = (title: string, body: Body): void => {
    runner.it(title, () => runTest(shared, body), timeoutMs);
  };
  runner.describe(area.title, () => {
    area.declare({
      it,
      itNeeds: (needed, title, body) => {
        it(title, (bench) => {
          const lacking = [needed].flat().filter((capability) => !bench.capabilities[capability]);
          return lacking.length === 0 ? body(bench) : shared.once(lacking, () => refuse(bench, lacking));
        });
      },
    });
  });
}

async function runTest(shared: SharedStore, body: Body): Promise<void> {
  const { store, engine } = await shared.get();
  const bench = new Bench(engine, shared, store);
  store.errors.length = 0;
  try {
    await body(bench);
  } finally {
    await bench.end();
  }
}
