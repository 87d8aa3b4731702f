import { relative } from 'node:path';
import { jest } from '@jest/globals';
import * as fc from 'fast-check';
import { getSeed } from './load.js';

const { RELIABILITY_RUNS } = process.env;

/** The same for all of them: what CI tries once more is to fail once more. */
const seed = getSeed();

// As many runs as are asked for take as long as they take. What has failed is told, though not yet as small as can be.
const TIME_LIMIT = RELIABILITY_RUNS === undefined ? 60_000 : 3_600_000;
jest.setTimeout(TIME_LIMIT * 2);

/**
 * Holds a property against inputs at random: as many as a change can wait for, or as it is told
 * (`RELIABILITY_RUNS=100000 npm test -- test/properties`). An error says how to repeat what has failed.
 */
export async function check<T>(property: fc.IRawProperty<T>, runs = 200): Promise<void> {
  const numRuns = Number(RELIABILITY_RUNS ?? runs);
  const result = await fc.check(property, { seed, numRuns, interruptAfterTimeLimit: TIME_LIMIT });
  if (!result.failed) return;
  throw new Error(`${fc.defaultReportMessage(result)}\n\nRepeat it with: ${getCommand()}`, {
    cause: result.errorInstance,
  });
}

function getCommand(): string {
  const spec = relative(process.cwd(), expect.getState().testPath ?? '');
  const runs = RELIABILITY_RUNS === undefined ? '' : `RELIABILITY_RUNS=${RELIABILITY_RUNS} `;
  return `RELIABILITY_SEED=${seed} ${runs}npm test -- ${spec}`;
}
