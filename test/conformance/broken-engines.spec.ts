import { describeWorkerCreator } from 'nestjs-event-drivers/testing';
import { BROKEN_ENGINES } from './broken-engines.js';
import { inMemory } from './in-memory.harness.js';
import { CollectingRunner } from './support/collecting-runner.js';

/** As long as what takes longest takes, and a good deal more. */
const PATIENCE_MS = 2000;

const failures = new Map<string, Promise<string | undefined>>();

describe('The conformance suite', () => {
  beforeAll(() => {
    // They mostly wait: all of them at once take no longer than one.
    for (const broken of BROKEN_ENGINES) {
      const { flaw, area } = broken;
      const runner = new CollectingRunner();
      describeWorkerCreator(flaw, inMemory({ ...broken, patienceMs: PATIENCE_MS }), runner);
      failures.set(flaw, runner.findFailure(area));
    }
  });

  it.each(BROKEN_ENGINES.map(({ area, flaw }) => [area, flaw]))(
    'finds out by %s about an engine that %s',
    async (_area, flaw) => {
      expect(await failures.get(flaw)).toEqual(expect.any(String));
    },
  );

  it('has a broken engine for each of its areas', () => {
    const runner = new CollectingRunner();
    describeWorkerCreator('any', inMemory(), runner);
    expect([...new Set(BROKEN_ENGINES.map(({ area }) => area))].toSorted()).toEqual(runner.areas.toSorted());
  });
});
