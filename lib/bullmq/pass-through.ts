import { inspect } from 'node:util';
import { isRecord } from '../utils/is-record.js';

/** Whose options BullMQ's own are here, or why there are none; by their names in BullMQ. */
const NOT_PASSED: Readonly<Record<string, string>> = {
  connection: `it is the option 'connection' of BullMqWorkerCreator`,
  prefix: `it is the option 'prefix' of BullMqWorkerCreator`,
  stalledInterval: `it is the option 'recoveryIntervalSeconds' of BullMqWorkerCreator`,
  concurrency: `it is the option 'concurrency' of QueueDriver`,
  limiter: `it is the option 'rateLimit' of QueueDriver`,
  lockDuration: `it is the option 'heartbeat' of QueueDriver`,
  lockRenewTime: `it follows from the option 'heartbeat' of QueueDriver`,
  drainDelay: `it is the option 'pollIntervalMs' of QueueDriver`,
  maxStalledCount: `it is the option 'retries' of QueueDriver`,
  maxStartedAttempts: `it is the option 'retries' of QueueDriver`,
  attempts: `it is the option 'retries' of QueueDriver`,
  backoff: `it is the option 'backoff' of QueueDriver`,
  delay: `it is the option 'runAfterSeconds' of QueueDriver`,
  priority: `it is the option 'priority' of QueueDriver`,
  removeOnFail: `what was given up is kept until it is redriven or purged`,
  sizeLimit: `it is the option 'maxPayloadBytes' of QueueDriver`,
  stackTraceLimit: `the stack of the last error is kept`,
  deduplication: `it is the option 'idempotencyKey' of a dispatch`,
  jobId: `it is the option 'idempotencyKey' of a dispatch`,
  autorun: `it is the option 'workers' of EventsModule`,
  skipStalledCheck: `what a process that died had in hand is always recovered`,
  skipLockRenewal: `it follows from the option 'heartbeat' of QueueDriver`,
  telemetry: `the context of a trace is carried along by QueueDriver`,
};

const WORKER_OPTIONS = ['defaultJobOptions', 'streams', 'metrics', 'removeOnComplete', 'name'];
const JOB_OPTIONS = ['removeOnComplete', 'keepLogs', 'lifo'];

/** Says what is wrong with what is to be passed on to BullMQ; nothing is passed over in silence. */
export function passThrough(bullmq: unknown): string[] {
  if (bullmq === undefined) return [];
  if (!isRecord(bullmq)) return [`bullmq: expected an object with options of BullMQ, got ${inspect(bullmq)}`];
  const { defaultJobOptions, streams, metrics, name } = bullmq;
  return [
    ...findUnknown('bullmq', bullmq, WORKER_OPTIONS),
    ...(defaultJobOptions === undefined
      ? []
      : isRecord(defaultJobOptions)
        ? findUnknown('bullmq.defaultJobOptions', defaultJobOptions, JOB_OPTIONS)
        : [`bullmq.defaultJobOptions: expected an object, got ${inspect(defaultJobOptions)}`]),
    ...checkNumber('bullmq.streams.events.maxLen', streams, 'events', 'maxLen'),
    ...checkNumber('bullmq.metrics.maxDataPoints', metrics, 'maxDataPoints'),
    ...(name === undefined || typeof name === 'string'
      ? []
      : [`bullmq.name: expected text, got ${inspect(name)}`]),
  ];
}

function findUnknown(where: string, options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((option) => !known.includes(option))
    .map((option) => {
      const reason = NOT_PASSED[option] ?? `what is passed on is ${known.join(', ')}`;
      return `${where}.${option}: ${reason}`;
    });
}

function checkNumber(where: string, value: unknown, ...path: readonly string[]): string[] {
  if (value === undefined) return [];
  let found: unknown = value;
  for (const part of path) found = isRecord(found) ? found[part] : undefined;
  return Number.isSafeInteger(found) && (found as number) > 0
    ? []
    : [`${where}: expected a whole number from 1, got ${inspect(found)}`];
}
