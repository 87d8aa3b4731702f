import type { StoredError } from '../queue/stored-delivery.js';
import { Consumer } from '../queue/consumer/consumer.js';
import type { ConsumerParts } from '../queue/consumer/consumer-parts.js';
import { Slots } from '../queue/consumer/slots.js';
import { WORKER_LOST } from '../queue/consumer/worker-lost.js';
import type { Claim, WorkOptions } from '../queue/worker-creator.js';
import type { BullMqJob } from './bullmq.mapper.js';
import { BullMqSettler, toFields } from './bullmq.settler.js';
import type { BullMqPassThrough } from './bullmq-options.js';
import { Claims } from './claims.js';
import type { QueueLink } from './queue-link.js';

interface WorkerParts extends Pick<
  ConsumerParts<BullMqJob>,
  'options' | 'heartbeatMs' | 'isPaused' | 'run' | 'onError'
> {
  readonly link: QueueLink;
  /** How often a delivery is tried again, unless it says otherwise. */
  readonly retries: number;
  readonly bullmq: BullMqPassThrough;
}

/** What works a queue in this process. */
export interface Worker {
  readonly consumer: Consumer<BullMqJob>;
  readonly claims: Claims;
}

export function createWorker(parts: WorkerParts): Worker {
  const { link, options, heartbeatMs, retries, bullmq, isPaused, run, onError } = parts;
  const { rateLimit, groupConcurrency } = options;
  const keep = bullmq.defaultJobOptions?.removeOnComplete ?? bullmq.removeOnComplete;
  const wakeIn = (milliseconds: number): void => consumer.wakeIn(milliseconds);
  const claims = new Claims({ link, options, heartbeatMs, workerName: bullmq.name ?? '', wakeIn });
  const consumer: Consumer<BullMqJob> = new Consumer<BullMqJob>({
    fetch: (batchSize) => claims.fetch(batchSize),
    settler: new BullMqSettler(link, heartbeatMs, toKeepJobs(keep)),
    toClaim: (job, signal) => toClaim(link.name, job, signal),
    // What is limited is counted by what fetches.
    mayHandOver: retries > 0 && rateLimit === undefined && groupConcurrency === undefined,
    // What is freed is announced.
    mayFreeOthers: false,
    options,
    slots: new Slots(options.concurrency),
    heartbeatMs,
    isPaused,
    run,
    onError,
  });
  return { consumer, claims };
}

/** BullMQ takes them in several forms, and its scripts in one. */
function toKeepJobs(keep: boolean | number | object | undefined): string {
  if (keep === undefined) return '';
  if (typeof keep === 'object') return JSON.stringify(keep);
  return JSON.stringify({ count: typeof keep === 'number' ? keep : keep ? 0 : -1 });
}

function toClaim(queue: string, job: BullMqJob, signal: AbortSignal): Claim {
  const { id, data, attempt, maxAttempts, timeoutMs } = job;
  return { id, queue, data, attempt, maxAttempts, timeoutMs, signal };
}

const LOST: StoredError = {
  name: 'WorkerLostError',
  code: WORKER_LOST,
  message: 'the process that ran it died, or was cut off from Redis',
};

/** Has the deliveries of processes that died given to others, and what was kept for long enough forgotten. */
export async function recover(link: QueueLink, { runOnce, groupConcurrency }: WorkOptions): Promise<void> {
  for (;;) {
    const forgotten = await link.call<number>('recover', [
      runOnce ? '1' : '0',
      String(groupConcurrency ?? ''),
      toFields(LOST, '1'),
      LOST.message,
      JSON.stringify(['lost', '1']),
    ]);
    // As many as are forgotten at a time: there may be more.
    if (forgotten < 1000) return;
  }
}
