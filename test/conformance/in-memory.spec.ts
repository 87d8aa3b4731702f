import { Logger } from '@nestjs/common';
import type { OpenOptions } from 'nestjs-event-drivers';
import { describeWorkerCreator, InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { HandClock } from '../support/hand-clock.js';
import { inMemory } from './in-memory.harness.js';

Logger.overrideLogger(false);

// By the globals of the runner.
describeWorkerCreator('InMemoryWorkerCreator', inMemory());

describe('by a clock that is moved by hand', () => {
  const clock = new HandClock();
  let moving: NodeJS.Timeout;
  // The suite goes by the time of the system, and so is this moved along with it.
  beforeAll(() => (moving = setInterval(() => clock.moveTo(Date.now()), 5)));
  afterAll(() => clearInterval(moving));

  const engine = class extends InMemoryWorkerCreator {
    override open(options: OpenOptions): Promise<void> {
      return super.open({ ...options, clock });
    }
  };
  describeWorkerCreator('InMemoryWorkerCreator', inMemory({ engine }), { describe, it, afterAll });
});

const nothing = {
  transactions: false,
  transactionalListeners: false,
  delay: false,
  priority: false,
  groups: false,
  rateLimits: false,
  orderingKeys: false,
  batchesAtOnce: 0,
  multiProcess: false,
};

describeWorkerCreator(
  'InMemoryWorkerCreator that can do nothing beyond what all can',
  inMemory({ options: { capabilities: nothing } }),
  { describe, it, afterAll },
);
