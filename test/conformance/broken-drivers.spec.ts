import { SyncDriver } from 'nestjs-event-drivers';
import { describeDriver } from 'nestjs-event-drivers/testing';
import { BROKEN_DRIVERS } from './broken-drivers.js';
import { CollectingRunner } from './support/collecting-runner.js';

/** As long as what takes longest takes, and a good deal more. */
const PATIENCE_MS = 1500;

describe('The conformance suite of drivers', () => {
  it.each(BROKEN_DRIVERS.map(({ area, flaw, ...rest }) => [area, flaw, rest] as const))(
    'finds out by %s about a driver that %s',
    async (area, flaw, { harness, finding }) => {
      const runner = new CollectingRunner();
      describeDriver(flaw, { ...harness, patienceMs: PATIENCE_MS }, runner);
      expect(await runner.findFailure(area)).toContain(finding);
    },
  );

  it('has a broken driver for each of its areas', () => {
    const runner = new CollectingRunner();
    describeDriver('any', { driver: SyncDriver }, runner);
    expect([...new Set(BROKEN_DRIVERS.map(({ area }) => area))].toSorted()).toEqual(runner.areas.toSorted());
  });
});
