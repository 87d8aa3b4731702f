import { hostname } from 'node:os';
import type { DefaultJobOptions, KeepJobs, MetricsOptions } from 'bullmq';
import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { checkOptions, milliseconds, type OptionRule, text, wholeNumber } from '../utils/option-rules.js';
import { passThrough } from './pass-through.js';
import { checkConnection } from './redis/check-connection.js';

/** Where the deliveries are stored. */
export type BullMqConnection =
  /** `redis://user:password@host:6379/0`; `rediss://` for TLS. */
  | string
  /** What `ioredis` takes for one server, or for Sentinel. */
  | RedisOptions
  /** The nodes of a Redis Cluster that are asked for the others, and what `ioredis` takes for it. */
  | { readonly nodes: readonly ClusterNode[]; readonly options?: ClusterOptions }
  /** A connection of `ioredis` that the application has; it is not closed. */
  | Redis
  | Cluster;

/** Options of BullMQ itself that `QueueDriver` has no other name for. */
export interface BullMqPassThrough {
  /** What each job has. */
  readonly defaultJobOptions?: Pick<DefaultJobOptions, 'removeOnComplete' | 'keepLogs' | 'lifo'>;
  /** How many events BullMQ's stream of them has. */
  readonly streams?: { readonly events: { readonly maxLen: number } };
  /** Collects how many are completed and fail in each minute, for `Queue.getMetrics()` and dashboards. */
  readonly metrics?: MetricsOptions;
  /** What is completed and kept, in spite of the queue's `keepCompleted`. */
  readonly removeOnComplete?: KeepJobs;
  /**
   * Who processes the jobs, as dashboards show it.
   *
   * @defaultValue the host and the process
   */
  readonly name?: string;
}

/** Options of `BullMqWorkerCreator`. */
export interface BullMqOptions {
  /**
   * A Redis or Valkey server, or a cluster. An empty text, as of a variable that is set to nothing, is as if it were
   * left out.
   *
   * @defaultValue `'redis://127.0.0.1:6379'`
   */
  connection?: BullMqConnection | undefined;

  /**
   * What all keys begin with. What is in braces names the hash slot, so that the queues of one prefix are on one node of
   * a cluster; give those that are too much for one node a prefix of their own.
   *
   * @defaultValue `'{events}'`
   */
  prefix?: string;

  /**
   * How long the server may take to answer, and a connection to be made, in milliseconds.
   *
   * @defaultValue 5000
   */
  timeoutMs?: number;

  /**
   * How often to look for deliveries of processes that have died, in seconds.
   *
   * @defaultValue 5
   */
  recoveryIntervalSeconds?: number;

  /** What BullMQ has options for and `QueueDriver` has not. */
  bullmq?: BullMqPassThrough;
}

const RULES: Readonly<Record<keyof BullMqOptions, OptionRule>> = {
  // It may have a secret in it, which must not be shown.
  connection: () => undefined,
  prefix: text,
  timeoutMs: milliseconds(1),
  recoveryIntervalSeconds: wholeNumber(1),
  bullmq: () => undefined,
};

export interface ResolvedBullMqOptions extends Required<Omit<BullMqOptions, 'connection'>> {
  readonly connection: BullMqConnection;
}

/** As BullMQ itself has them: braces that hold something, and nothing that ends a line. */
const PREFIX = /^[^\s{}]*(?:\{[^\s{}]+\}[^\s{}]*)?$/;

export function validateBullMqOptions(options: unknown): string[] {
  const problems = checkOptions(options, RULES);
  const { connection, prefix, bullmq } = (options ?? {}) as BullMqOptions;
  if (typeof prefix === 'string' && !PREFIX.test(prefix)) {
    problems.push(
      `prefix: expected text without spaces and with one pair of braces at most, got '${prefix}'`,
    );
  }
  return [...checkConnection(connection, prefix), ...problems, ...passThrough(bullmq)];
}

export function resolveBullMqOptions(options: BullMqOptions): ResolvedBullMqOptions {
  const { connection, bullmq = {} } = options;
  return {
    connection: connection === undefined || connection === '' ? 'redis://127.0.0.1:6379' : connection,
    prefix: options.prefix ?? '{events}',
    timeoutMs: options.timeoutMs ?? 5000,
    recoveryIntervalSeconds: options.recoveryIntervalSeconds ?? 5,
    bullmq: { name: `${hostname()} ${process.pid}`, ...bullmq },
  };
}
