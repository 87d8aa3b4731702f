import { BACKOFF_RULES, type BackoffOptions } from '../drivers/backoff.js';
import type { WrappingDriverOptions } from '../driver/wrapping-driver.js';
import { attemptDuration, deliveryPriority, retryCount } from '../event/delivery-limits.js';
import { duration, type Duration, MAX_DURATION_MS, toMilliseconds } from '../utils/duration.js';
import {
  checkOptions,
  flag,
  listOf,
  milliseconds,
  type OptionRule,
  text,
  wholeNumber,
} from '../utils/option-rules.js';
import { checkQueueName } from './queue-names.js';
import { checkRateLimit, type RateLimit, type RateLimitOptions, resolveRateLimit } from './rate-limit.js';
import { WorkerCreator } from './worker-creator.js';

/** The class of an engine. */
export type IWorkerCreatorConstructor = new () => WorkerCreator;

/** The engine of a queue: its class, or an instance. */
export type WorkerCreatorSource = IWorkerCreatorConstructor | WorkerCreator;

/** Options of {@link QueueDriver}. */
export interface QueueDriverOptions extends WrappingDriverOptions, Omit<BackoffOptions, 'maxRetries'> {
  /** The engine that deliveries are stored in, such as `PgBossWorkerCreator`. */
  workerCreator: WorkerCreatorSource;

  /**
   * How often to try again after the first attempt.
   *
   * @defaultValue 3
   */
  retries?: number;

  /**
   * How long to wait before the first attempt, in seconds.
   *
   * @defaultValue 0
   */
  runAfterSeconds?: number;

  /**
   * Whether a delivery is run at most once, even if the process dies meanwhile: it is then given up, and not
   * tried again.
   *
   * @defaultValue false
   */
  runOnce?: boolean;

  /**
   * How many deliveries of a queue run at a time in one process.
   *
   * @defaultValue 10
   */
  concurrency?: number;

  /**
   * How many deliveries of one `group` run at a time in all processes.
   *
   * @defaultValue no limit
   */
  groupConcurrency?: number;

  /**
   * How many deliveries of a queue begin in a time, in all processes together; each attempt counts. The time begins with
   * the first of them, and anew with the first that begins after it is over.
   *
   * @defaultValue no limit
   */
  rateLimit?: RateLimitOptions;

  /**
   * Higher first.
   *
   * @defaultValue 0
   */
  priority?: number;

  /**
   * How long one attempt may take. Then its `AbortSignal` is aborted and it counts as failed. A minute less than a
   * day (`'1439m'`) at most.
   *
   * @defaultValue '15m'
   */
  timeout?: Duration;

  /**
   * How long after the last sign of life of a process its deliveries are given to others. At least 10 s and at most
   * a day; add up to a third of it until it is noticed.
   *
   * @defaultValue '30s'
   */
  heartbeat?: Duration;

  /**
   * How often to look for deliveries whose time has come, in milliseconds. New ones are announced.
   *
   * @defaultValue 1000
   */
  pollIntervalMs?: number;

  /**
   * How long a record is kept of what is done. For so long, an event that is dispatched again is not stored
   * again. What is not done, and what was given up, is kept for good.
   *
   * @defaultValue '1d'
   */
  keepCompleted?: Duration;

  /**
   * Queues besides `'default'` and those that events and listeners name.
   *
   * @defaultValue `[]`
   */
  queues?: readonly string[];

  /**
   * How long a dispatch waits for the store, in milliseconds.
   *
   * @defaultValue 5000
   */
  storeTimeoutMs?: number;

  /**
   * How many deliveries may wait to be stored before more are refused.
   *
   * @defaultValue 10000
   */
  maxWaiting?: number;

  /**
   * The largest payload, in bytes.
   *
   * @defaultValue 1048576
   */
  maxPayloadBytes?: number;
}

/** Options with the defaults filled in. */
export interface ResolvedQueueOptions extends BackoffOptions {
  readonly retries: number;
  readonly delayMs: number;
  readonly startAfterMs: number;
  readonly runOnce: boolean;
  readonly concurrency: number;
  readonly groupConcurrency: number | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly priority: number | undefined;
  readonly timeoutMs: number;
  readonly heartbeatMs: number;
  readonly pollIntervalMs: number;
  readonly keepCompletedSeconds: number;
  readonly queues: readonly string[];
  readonly storeTimeoutMs: number;
  readonly maxWaiting: number;
  readonly maxPayloadBytes: number;
}

const { maxRetries: _, ...BACKOFF } = BACKOFF_RULES;

const isWorkerCreator: OptionRule = (value) =>
  value instanceof WorkerCreator || (typeof value === 'function' && value.prototype instanceof WorkerCreator)
    ? undefined
    : 'the class of an engine, such as PgBossWorkerCreator or PgBossWorkerCreator.forRoot({ ... })';

const DAY_MS = 86_400_000;

/** As many seconds as databases hold in four bytes. */
const MAX_KEPT_DAYS = 24_855;

const RULES: Readonly<Record<keyof QueueDriverOptions, OptionRule>> = {
  workerCreator: isWorkerCreator,
  retries: retryCount,
  runAfterSeconds: (value) =>
    typeof value === 'number' && duration()(value * 1000) === undefined
      ? undefined
      : `a number of seconds from 0 to ${MAX_DURATION_MS / 1000}`,
  runOnce: flag,
  concurrency: wholeNumber(1),
  groupConcurrency: wholeNumber(1),
  rateLimit: () => undefined,
  priority: deliveryPriority,
  timeout: attemptDuration,
  heartbeat: duration(10_000, DAY_MS),
  pollIntervalMs: milliseconds(50),
  keepCompleted: duration(0, MAX_KEPT_DAYS * DAY_MS),
  queues: listOf(text),
  storeTimeoutMs: milliseconds(1),
  maxWaiting: wholeNumber(1),
  maxPayloadBytes: wholeNumber(1),
  driver: text,
  ...BACKOFF,
};

export function validateQueueOptions(options: unknown): readonly string[] {
  const problems = checkOptions(options, RULES, ['workerCreator']);
  const { queues = [], rateLimit, runOnce, retries } = (options ?? {}) as Partial<QueueDriverOptions>;
  problems.push(...checkRateLimit(rateLimit));
  if (Array.isArray(queues)) {
    problems.push(
      ...queues.flatMap((name) => (typeof name === 'string' ? (checkQueueName(name) ?? []) : [])),
    );
  }
  if (runOnce === true && retries !== undefined && retries > 1) {
    problems.push(`runOnce and retries: ${retries} exclude one another; what runs once is not tried again`);
  }
  return problems;
}

export function resolveQueueOptions(options: QueueDriverOptions): ResolvedQueueOptions {
  const { runOnce = false } = options;
  return {
    backoff: options.backoff ?? 'exponential',
    jitter: options.jitter ?? true,
    delayMs: options.delayMs ?? 1000,
    maxDelayMs: options.maxDelayMs ?? 3_600_000,
    ...(options.retryIf === undefined ? {} : { retryIf: options.retryIf }),
    retries: runOnce ? 0 : (options.retries ?? 3),
    startAfterMs: (options.runAfterSeconds ?? 0) * 1000,
    runOnce,
    concurrency: options.concurrency ?? 10,
    groupConcurrency: options.groupConcurrency,
    rateLimit: resolveRateLimit(options.rateLimit),
    priority: options.priority,
    timeoutMs: milli(options.timeout, '15m'),
    heartbeatMs: milli(options.heartbeat, '30s'),
    pollIntervalMs: options.pollIntervalMs ?? 1000,
    keepCompletedSeconds: Math.ceil(milli(options.keepCompleted, '1d') / 1000),
    queues: options.queues ?? [],
    storeTimeoutMs: options.storeTimeoutMs ?? 5000,
    maxWaiting: options.maxWaiting ?? 10_000,
    maxPayloadBytes: options.maxPayloadBytes ?? 1_048_576,
  };
}

function milli(value: Duration | undefined, otherwise: Duration): number {
  return toMilliseconds(value ?? otherwise);
}
