export { EventsTestingModule, EventsTestingModuleBuilder } from './events-testing.module.js';
export { overrideDriver } from './override-driver.js';
export { describeWorkerCreator } from './worker-creator/describe-worker-creator.js';
export type {
  ConformanceRunner,
  EngineHarness,
  EngineStore,
  HarnessTransaction,
} from './worker-creator/harness.js';
