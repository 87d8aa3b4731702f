import { randomUUID } from 'node:crypto';
import type { StoredError } from '../queue/stored-delivery.js';
import { Consumer } from '../queue/consumer/consumer.js';
import { Slots } from '../queue/consumer/slots.js';
import { WORKER_LOST } from '../queue/consumer/worker-lost.js';
import type { Claim, Outcome, WorkOptions } from '../queue/worker-creator.js';
import { type BullMqJob, type ClaimReply, toJob } from './bullmq.mapper.js';
import { BullMqSettler, toFields } from './bullmq.settler.js';
import type { BullMqPassThrough } from './bullmq-options.js';
import type { QueueLink } from './queue-link.js';

interface ConsumerOptions {
  readonly link: QueueLink;
  readonly options: WorkOptions;
  readonly heartbeatMs: number;
  readonly bullmq: BullMqPassThrough;
  readonly isPaused: () => boolean;
  readonly run: (claim: Claim) => Promise<Outcome>;
  readonly onError: (error: unknown) => void;
}

/** Works a queue. */
export function createConsumer(parts: ConsumerOptions): Consumer<BullMqJob> {
  const { link, options, heartbeatMs, bullmq, isPaused, run, onError } = parts;
  const keep = bullmq.defaultJobOptions?.removeOnComplete ?? bullmq.removeOnComplete;
  const consumer: Consumer<BullMqJob> = new Consumer<BullMqJob>({
    fetch: createFetch(parts, (pauseMs) => consumer.wakeIn(pauseMs)),
    settler: new BullMqSettler(link, heartbeatMs, toKeepJobs(keep)),
    toClaim: (job, signal) => toClaim(link.name, job, signal),
    // What is freed is announced.
    mayFreeOthers: false,
    options,
    slots: new Slots(options.concurrency),
    heartbeatMs,
    isPaused,
    run,
    onError,
  });
  return consumer;
}

/** BullMQ takes them in several forms, and its scripts in one. */
function toKeepJobs(keep: boolean | number | object | undefined): string {
  if (keep === undefined) return '';
  if (typeof keep === 'object') return JSON.stringify(keep);
  return JSON.stringify({ count: typeof keep === 'number' ? keep : keep ? 0 : -1 });
}

function createFetch(
  { link, options, heartbeatMs, bullmq }: ConsumerOptions,
  wakeIn: (milliseconds: number) => void,
): (batchSize: number) => Promise<BullMqJob[]> {
  const id = randomUUID();
  const { rateLimit, groupConcurrency } = options;
  const limits = [rateLimit?.max, rateLimit?.durationMs, groupConcurrency].map((limit) =>
    String(limit ?? ''),
  );
  /** What was asked for with these may have been given, and nobody knows of it. */
  const unanswered = new Set<string>();
  let count = 0;
  return async (batchSize) => {
    if (unanswered.size > 0) {
      const tokens = [...unanswered];
      await link.call('return', tokens);
      for (const token of tokens) unanswered.delete(token);
    }
    const token = `${id}:${count++}`;
    unanswered.add(token);
    const args = [token, String(heartbeatMs), String(batchSize), bullmq.name ?? '', ...limits];
    const [pauseMs, ...replies] = await link.callPlain<[number, ...ClaimReply[]]>('claim', args);
    unanswered.delete(token);
    if (pauseMs >= 0) wakeIn(pauseMs);
    return replies.map((reply) => toJob(reply, token));
  };
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
