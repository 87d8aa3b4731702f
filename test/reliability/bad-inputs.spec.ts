import { describePostgres } from '../support/postgres.js';
import { describeRedis } from '../support/redis.js';
import { Taken } from './bad-inputs/events.js';
import { useEveryDriver } from './bad-inputs/every-driver.js';
import { OddListener } from './bad-inputs/listeners.js';
import { testConfigurations } from './bad-inputs/test-configurations.js';
import { testDispatchOptions, testEvents } from './bad-inputs/test-events.js';
import { testListeners } from './bad-inputs/test-listeners.js';
import { testArrivingPayloads, testRefusedPayloads } from './bad-inputs/test-payloads.js';

// One table of what nobody expects, and one verdict on each of its rows, whichever driver it is given to.
describePostgres('Whatever an application is given', () => {
  describeRedis('and whichever driver it goes to', () => {
    describe('a configuration that is wrong', testConfigurations);

    describe('at run time', () => {
      const bench = useEveryDriver([OddListener], [Taken]);
      describe('a payload that cannot be stored', () => testRefusedPayloads(bench));
      describe('a payload that can be stored', () => testArrivingPayloads(bench));
      describe('an event', () => testEvents(bench));
      describe('options of a dispatch', () => testDispatchOptions(bench));
      describe('listeners that misbehave', () => testListeners(bench));
    });
  });
});
