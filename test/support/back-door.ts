import { Queue } from 'bullmq';
import type { TestPrefix } from './redis.js';

/** A way into a store past the application. Where one process has it to itself: while none has. */
export interface BackDoor {
  /** Puts JSON where what was dispatched has its delivery. */
  readonly insert: (deliveries: readonly string[]) => Promise<void>;
  /** Lets all that is there be so many days older. */
  readonly age: (days: number) => Promise<void>;
  /** Lets what is delayed be due. */
  readonly promote: () => Promise<void>;
}

/** Runs statements past the application. */
export type RunStatement = (text: string, values?: unknown[]) => Promise<unknown>;

const INSERTED =
  'retry_limit, retry_delay, expire_seconds, deletion_seconds, keep_until, policy, dead_letter';
const TIMES = ['created_on', 'keep_until', 'completed_on', 'started_on'];

/** Into the tables of pg-boss. */
export function openTables(schema: string, run: RunStatement): BackDoor {
  return {
    insert: async (deliveries) => {
      await run(
        `INSERT INTO ${schema}.job (id, name, data, ${INSERTED})
         SELECT gen_random_uuid(), 'queue', value, 3, 0, 900, 60, now() + interval '1 day', 'standard', 'queue/dead'
         FROM jsonb_array_elements($1::jsonb)`,
        [`[${deliveries.join(',')}]`],
      );
    },
    age: async (days) => {
      const shifts = TIMES.map((column) => `${column} = ${column} - $1 * interval '1 day'`);
      await run(`UPDATE ${schema}.job SET ${shifts.join(', ')}`, [days]);
      // Otherwise nobody looks for what is old, as somebody has just done so.
      await run(`UPDATE ${schema}.queue SET maintain_on = maintain_on - $1 * interval '1 day'`, [days]);
    },
    promote: async () => {
      await run(`UPDATE ${schema}.job SET start_after = now() WHERE state = 'created'`);
    },
  };
}

const DAY_MS = 86_400_000;

/** Into the keys of BullMQ. */
export function openKeys({ prefix, redis }: TestPrefix): BackDoor {
  const base = `${prefix}:queue:`;
  async function withQueue(body: (queue: Queue) => Promise<void>): Promise<void> {
    const queue = new Queue('queue', { connection: redis, prefix });
    await body(queue);
    await queue.close();
  }
  return {
    insert: (deliveries) =>
      withQueue(async (queue) => {
        // Nobody takes one before it is complete.
        await queue.pause();
        for (const json of deliveries) {
          const { payload, delivery } = divide(json);
          const { id } = await queue.add('by hand', payload);
          await redis.hset(base + id, 'delivery', delivery);
        }
        await queue.resume();
      }),
    age: async (days) => {
      for (const state of ['completed', 'failed']) {
        const ids = await redis.zrange(base + state, '0', '-1');
        for (const id of ids) await redis.zincrby(base + state, -days * DAY_MS, id);
      }
      for (const id of await redis.zrange(`${base}delayed`, '0', '-1')) {
        await redis.hincrby(base + id, 'timestamp', -days * DAY_MS);
      }
    },
    promote: () =>
      withQueue(async (queue) => {
        for (const job of await queue.getDelayed()) await job.promote();
      }),
  };
}

/** The payload of a delivery is in another field than the rest. */
function divide(json: string): { payload: unknown; delivery: string } {
  if (!json.startsWith('{')) return { payload: undefined, delivery: json };
  const { payload, ...rest } = JSON.parse(json) as { payload?: unknown };
  return { payload, delivery: JSON.stringify(rest) };
}
