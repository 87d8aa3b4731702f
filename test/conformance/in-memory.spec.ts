import { Logger } from '@nestjs/common';
import { describeWorkerCreator, type EngineHarness } from 'nestjs-event-drivers/testing';
import { inMemory } from './in-memory/in-memory.harness.js';
import { LimitedWorkerCreator } from './in-memory/limited.worker-creator.js';

Logger.overrideLogger(false);

describeWorkerCreator('InMemoryWorkerCreator', inMemory(), { describe, it, afterAll });

describeWorkerCreator('LimitedWorkerCreator', withoutCrashes(inMemory(LimitedWorkerCreator)), {
  describe,
  it,
  afterAll,
});

/** As of an engine whose store ends with it. */
function withoutCrashes(harness: EngineHarness): EngineHarness {
  return {
    ...harness,
    createStore: async () => {
      const store = await harness.createStore();
      return { create: () => store.create(), destroy: () => store.destroy() };
    },
  };
}
