import { describeDriver, describeWorkerCreator } from 'nestjs-event-drivers/testing';
import { applications } from './areas/applications.js';
import { attempts } from './areas/attempts.js';
import { clocks } from './areas/clocks.js';
import { dispatching } from './areas/dispatching.js';
import { failpoints } from './areas/failpoints.js';
import { fleet } from './areas/fleet.js';
import { foreign } from './areas/foreign.js';
import { listeners } from './areas/listeners.js';
import { networks } from './areas/networks.js';
import { redriving } from './areas/redriving.js';
import { retention } from './areas/retention.js';
import { servers } from './areas/servers.js';
import { shuttingDown } from './areas/shutting-down.js';
import { transactions } from './areas/transactions.js';
import { working } from './areas/working.js';
import { zombies } from './areas/zombies.js';
import { CountingRunner } from './counting-runner.js';
import { CAPABILITIES, type Capability, type ComplianceHarness } from './harness.js';
import { record } from './matrix.js';
import { type Area, declareScenario } from './scenario.js';

export const AREAS: readonly Area[] = [
  dispatching,
  failpoints,
  working,
  attempts,
  listeners,
  transactions,
  redriving,
  retention,
  foreign,
  shuttingDown,
  fleet,
  zombies,
  clocks,
  networks,
  servers,
  applications,
];

/**
 * Declares the tests that every durable driver is to pass: what the conformance suites of the testing entry point say of
 * it, and what becomes of deliveries when processes, networks and servers fail. What an engine cannot do is not run,
 * and the matrix says so; nothing depends on which engine it is.
 */
export function driverCompliance<TOptions>(harness: ComplianceHarness<TOptions>): void {
  describe(harness.name, () => {
    recordCapabilities(harness.name, harness.capabilities);
    const runner = new CountingRunner(harness.name);
    describeWorkerCreator('as an engine', harness.engine, runner);
    if (harness.driver !== undefined) describeDriver('as a driver', harness.driver, runner);
    let order = 0;
    for (const area of AREAS) {
      describe(area.title, () => {
        for (const scenario of area.scenarios) {
          declareScenario({ order: ++order, area: area.title }, scenario, harness);
        }
      });
    }
  });
}

function recordCapabilities(engine: string, capabilities: ReadonlySet<Capability>): void {
  for (const [id, title] of Object.entries(CAPABILITIES)) {
    const status = capabilities.has(id as Capability) ? 'holds' : 'not run';
    record({ order: -1, area: 'Capabilities', id, title, engine, status, figure: '' });
  }
}
