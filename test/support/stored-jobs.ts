import type { TestSchema } from './postgres.js';
import type { TestPrefix } from './redis.js';

/** What a store has of a delivery, as far as tests look at it. */
export interface StoredJob {
  readonly priority: number;
  readonly retries: number;
  readonly group: string | null;
  readonly orderingKey: string | null;
  readonly timeoutMs: number | null;
  /** How long after it was stored it may run. */
  readonly delayMs: number;
  /** How often it has been tried. */
  readonly attempts: number;
}

/** What a store has of a queue. */
export interface StoredQueueSettings {
  readonly retries: number;
  readonly deadLetterQueue: string;
}

/** Looks into a store, past everything that is tested. */
export interface StoreReader {
  /** The deliveries of a queue that have not been given up. */
  readJobs(queue: string): Promise<StoredJob[]>;
  readSettings(queue: string): Promise<StoredQueueSettings>;
}

export function readPostgres(schema: TestSchema): StoreReader {
  const { name } = schema;
  return {
    readJobs: (queue) =>
      schema.query<StoredJob>(
        `SELECT priority, retry_limit AS retries, group_id AS "group", singleton_key AS "orderingKey",
          (data->>'timeoutMs')::int AS "timeoutMs",
          greatest(round(extract(epoch FROM start_after - created_on) * 1000), 0)::float AS "delayMs",
          retry_count + (state = 'completed')::int AS attempts
        FROM ${name}.job WHERE name IN ($1, $1 || '/ordered') AND state <> 'failed'`,
        [queue],
      ),
    readSettings: async (queue) =>
      (
        await schema.query<StoredQueueSettings>(
          `SELECT retry_limit AS retries, dead_letter AS "deadLetterQueue" FROM ${name}.queue WHERE name = $1`,
          [queue],
        )
      )[0]!,
  };
}

/** Where BullMQ has a delivery of no priority; more urgent ones have less. */
const NORMAL_PRIORITY = 2 ** 20;

export function readRedis({ prefix, redis, readHashes }: TestPrefix): StoreReader {
  return {
    readJobs: async (queue) =>
      (await readHashes(`${prefix}:${queue}:*`))
        .filter(({ opts, finishedOn, returnvalue }) => opts && (!finishedOn || returnvalue))
        .map((job) => toStoredJob(job)),
    readSettings: async (queue) => {
      const { attempts, dead } = await redis.hgetall(`${prefix}:${queue}:event-drivers`);
      return { retries: Number(attempts) - 1, deadLetterQueue: dead! };
    },
  };
}

function toStoredJob(job: Readonly<Record<string, string>>): StoredJob {
  const { attempts, priority, delay = 0 } = JSON.parse(job['opts']!) as Record<string, number>;
  return {
    priority: priority === undefined ? 0 : NORMAL_PRIORITY - priority,
    retries: attempts! - 1,
    group: job['group'] ?? null,
    orderingKey: job['key'] ?? null,
    timeoutMs: job['timeout'] === undefined ? null : Number(job['timeout']),
    delayMs: delay,
    attempts: Number(job['atm'] ?? 0),
  };
}
