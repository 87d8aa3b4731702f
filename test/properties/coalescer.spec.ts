import * as fc from 'fast-check';
import { check } from '../support/property.js';
import { CoalescerRun, type Step } from './support/coalescer-run.js';

const options = fc.record({
  maxBatchSize: fc.integer({ min: 1, max: 8 }),
  minShare: fc.integer({ min: 1, max: 4 }),
  maxInFlight: fc.integer({ min: 1, max: 3 }),
  maxWaiting: fc.integer({ min: 1, max: 20 }),
});

const key = fc.constantFrom(undefined, undefined, 'k', 'other');

const sometimes = fc.constantFrom(true, false, false, false, false);

const plan = fc.record({
  keys: fc.array(key, { minLength: 1, maxLength: 4 }),
  isPoisonous: sometimes,
  megabytes: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(0.5, 1.5, 4, 20)),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add'), plan }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle'), nth: fc.nat(2), isDown: sometimes }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turn') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('flush', 'abandon') }) },
);

it('tells each caller what became of its own deliveries, in whatever order calls are made and end', () =>
  check(
    fc.asyncProperty(options, fc.array(step, { maxLength: 60, size: 'max' }), (given, steps) =>
      new CoalescerRun(given).follow(steps),
    ),
  ));
