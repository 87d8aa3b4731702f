import { Consumer } from '../queue/consumer/consumer.js';
import type { ConsumerParts } from '../queue/consumer/consumer-parts.js';
import { Slots } from '../queue/consumer/slots.js';
import type { QueueWorker } from '../queue/worker-creator.js';
import { createFetch } from './fetch-jobs.js';
import type { OpenBoss } from './open-boss.js';
import type { PgBossJob } from './pg-boss-job.js';
import { ORDERED_SUFFIX } from './pg-boss.mapper.js';
import { PgBossSettler } from './pg-boss.settler.js';
import { toClaim } from './to-claim.js';

interface ConsumerOptions extends Pick<ConsumerParts<PgBossJob>, 'options' | 'heartbeatMs' | 'run'> {
  readonly queue: string;
  /** How often a delivery is tried again, unless it says otherwise. */
  readonly retries: number;
  readonly deadlineMs: number;
}

/** Works a queue: what has an ordering key, and what has none, side by side. */
export function createConsumers(
  { boss, database, schema, time, turns, paused, register, onError }: OpenBoss,
  { queue, options, heartbeatMs, retries, deadlineMs, run }: ConsumerOptions,
): QueueWorker {
  const slots = new Slots(options.concurrency);
  const consumers = [false, true].map((isOrdered) => {
    const name = isOrdered ? queue + ORDERED_SUFFIX : queue;
    const { groupConcurrency, concurrency } = options;
    const ofQueue = { boss, database, schema, queue: name, deadlineMs };
    const settler = new PgBossSettler({ ...ofQueue, isOrdered, concurrency, ties: time?.ties });
    const claimParts = { queue: name, database, turns, settler };
    const consumer = new Consumer<PgBossJob>({
      fetch: createFetch({ ...ofQueue, groupConcurrency }),
      settler,
      toClaim: (job, signal) => toClaim(job, signal, claimParts),
      // What has to wait for others is looked for by what fetches.
      mayHandOver: !isOrdered && retries > 0,
      mayFreeOthers: isOrdered || groupConcurrency !== undefined,
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
