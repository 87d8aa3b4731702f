import { closeApps } from '../../support/app.js';
import { endChildren } from '../../support/child-app.js';
import { getLoad, isLongRun } from '../../support/load.js';
import { Bench } from './bench.js';
import type { Capability, ReliabilityHarness } from './harness.js';
import { type Finding, record } from './matrix.js';

/** What is true of every engine, as far as it can do what that needs. */
export interface Scenario {
  /** Its name in the catalogue of what may go wrong. */
  readonly id: string;
  /** What holds, as a sentence. */
  readonly title: string;
  readonly needs?: readonly Capability[];
  /** Whether it takes too long for each change. */
  readonly isLong?: boolean;
  /** Whether it is decided by what engines have in common: each change is held against it on one of them. */
  readonly isShared?: boolean;
  /** @returns what was measured, for the matrix */
  readonly run: (bench: Bench) => Promise<string>;
}

/** Scenarios that are about the same. */
export interface Area {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** Those of tier 2 kill and dispatch a hundred times as much. */
const TIMEOUT_MS = getLoad(3, 60) * 60_000;

/** Whether a change cannot wait for it. */
function isLeftOut(
  { isLong = false, isShared = false }: Scenario,
  { isReference = false }: ReliabilityHarness,
): boolean {
  return !isLongRun() && (isLong || (isShared && !isReference));
}

/** Declares the test of a scenario on an engine, or says why it is none. */
export function declareScenario(
  place: Pick<Finding, 'order' | 'area'>,
  scenario: Scenario,
  harness: ReliabilityHarness,
): void {
  const { id, title, needs = [], run } = scenario;
  const row = { ...place, id, title, engine: harness.name };
  const lacking = needs.filter((capability) => !harness.capabilities.has(capability));
  const name = `${id}: ${title}`;
  if (isLeftOut(scenario, harness)) {
    it.skip(`${name} (npm run test:reliability)`, () => undefined);
    return;
  }
  if (lacking.length > 0) {
    record({ ...row, status: 'not run', figure: `needs ${lacking.join(', ')}` });
    it.skip(`${name} (it is not ${lacking.join(', ')})`, () => undefined);
    return;
  }
  it(
    name,
    async () => {
      const store = await harness.createStore();
      try {
        record({ ...row, status: 'holds', figure: await run(new Bench(harness, store, name)) });
      } catch (error) {
        record({ ...row, status: 'broken', figure: '' });
        throw error;
      } finally {
        await closeApps();
        await endChildren();
        await store.remove();
      }
    },
    TIMEOUT_MS,
  );
}
