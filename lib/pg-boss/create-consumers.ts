import type { Claim, Outcome, QueueWorker, WorkOptions } from '../queue/worker-creator.js';
import { createFetch } from './fetch-jobs.js';
import type { OpenBoss } from './open-boss.js';
import { PgBossConsumer } from './pg-boss.consumer.js';
import { ORDERED_SUFFIX } from './pg-boss.mapper.js';
import { Settler } from './pg-boss.settler.js';
import { Slots } from './slots.js';

interface ConsumerOptions {
  readonly queue: string;
  readonly options: WorkOptions;
  readonly heartbeatMs: number;
  readonly deadlineMs: number;
  readonly run: (claim: Claim) => Promise<Outcome>;
}

/** Works a queue: what has an ordering key, and what has none, side by side. */
export function createConsumers(
  { boss, database, schema, time, turns, paused, register, onError }: OpenBoss,
  { queue, options, heartbeatMs, deadlineMs, run }: ConsumerOptions,
): QueueWorker {
  const slots = new Slots(options.concurrency);
  const consumers = [false, true].map((isOrdered) => {
    const name = isOrdered ? queue + ORDERED_SUFFIX : queue;
    const { groupConcurrency } = options;
    const consumer = new PgBossConsumer({
      fetch: createFetch({ boss, database, schema, queue: name, groupConcurrency, deadlineMs }),
      database,
      turns,
      settler: new Settler(boss, database, schema, name, isOrdered, deadlineMs, time?.ties),
      queue: name,
      isOrdered,
      options,
      slots,
      heartbeatMs,
      isPaused: () => paused.has(queue),
      run,
      onError,
    });
    register(name, consumer);
    return consumer;
  });
  return {
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
    release: async () => {
      await Promise.all(consumers.map((consumer) => consumer.release()));
    },
  };
}
