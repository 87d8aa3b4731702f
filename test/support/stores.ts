import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbeddedDatabase } from '../../lib/pg-boss/embedded/index.js';
import { BullMqWorkerCreator } from '../../lib/bullmq/index.js';
import { type PgBossOptions, PgBossWorkerCreator } from '../../lib/pg-boss/index.js';
import type { WorkerCreator } from '../../lib/index.js';
import type { ChildConfig } from './child/protocol.js';
import { DATABASE_URL, describePostgres, type TestSchema, useSchemaOfEach } from './postgres.js';
import { describeRedis, REDIS_URL, type TestPrefix, usePrefixOfEach } from './redis.js';
import { until } from './until.js';

/** A row of pg-boss's table of jobs, or what would be one, as far as tests look at it. */
export interface JobRow {
  readonly name: string;
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  readonly retry_count: number;
  readonly task: string;
  /** Whom it is for. */
  readonly listener: string;
  readonly error: string | null;
}

const READ_JOBS_OF = `SELECT name, state::text, retry_count, data->'payload'->>'id' AS task,
  data->>'listener' AS listener,
  coalesce(source_output, output)->>'code' AS error FROM`;

/** A server that several processes work at the same time; there is nothing in it when a test begins. */
export interface ServerStore {
  /** What a process is told of it. */
  readonly place: Pick<ChildConfig, 'store' | 'redis'>;
  readonly creator: new () => WorkerCreator;
  /** The deliveries of the driver 'queue', and what was given up. */
  readonly read: () => Promise<JobRow[]>;
  /** Lets the processes that have claims seem to have died long ago. */
  readonly forget: () => Promise<void>;
}

/** Declares tests that run on PostgreSQL and on Redis, with processes that are killed. */
export function describeServers(title: string, body: (store: ServerStore) => void): void {
  describeOnPostgres(title, body);
  describeRedis(`${title}, on Redis`, () => body(redisStore(usePrefixOfEach())));
}

/** Declares tests that take long, and are about what all engines have in common: they run on PostgreSQL. */
export function describeOnPostgres(title: string, body: (store: ServerStore) => void): void {
  describePostgres(`${title}, on PostgreSQL`, () => {
    const schema = useSchemaOfEach();
    const { read, ...store } = postgresStore(schema);
    const creator = PgBossWorkerCreator.forRoot(store);
    body({ place: { store }, creator, read, forget: () => ageHeartbeats(schema) });
  });
}

/** Where a job of BullMQ may be, by what pg-boss would call it; what was given up is in a queue of its own there. */
const PLACES = {
  wait: 'created',
  paused: 'created',
  prioritized: 'created',
  delayed: 'created',
  'waiting-children': 'created',
  active: 'active',
  completed: 'completed',
  failed: 'dead',
} as const;

/** Reads all that is there at one moment. Something that is in two places is told twice. */
const READ_JOBS = `
local rows = {}
for i = 1, #ARGV do
  local place = KEYS[1] .. ARGV[i]
  local isList = redis.call('TYPE', place).ok == 'list'
  local ids = redis.call(isList and 'LRANGE' or 'ZRANGE', place, 0, -1)
  for j = 1, #ids do
    local job = redis.call('HMGET', KEYS[1] .. ids[j], 'atm', 'data', 'error', 'delivery')
    rows[#rows + 1] = {ARGV[i], job[1] or '0', job[2] or '', job[3] or '', job[4] or '{}'}
  end
end
return rows`;

/** On a Redis server. */
export function redisStore({ prefix, redis, expireLocks }: TestPrefix): ServerStore {
  const options = { connection: REDIS_URL, prefix, recoveryIntervalSeconds: 1 };
  return {
    place: { redis: options },
    creator: BullMqWorkerCreator.forRoot(options),
    read: async () => {
      const rows = await redis.eval(READ_JOBS, 1, `${prefix}:queue:`, ...Object.keys(PLACES));
      return (rows as RedisRow[]).map(toRow);
    },
    forget: expireLocks,
  };
}

/** Where a job is, and what it has. */
type RedisRow = [keyof typeof PLACES, attempts: string, payload: string, error: string, delivery: string];

function toRow([place, attempts, payload, error, delivery]: RedisRow): JobRow {
  const found = PLACES[place];
  const isDead = found === 'dead';
  const tried = Number(attempts);
  return {
    name: isDead ? 'queue/dead' : 'queue',
    state: isDead ? 'created' : found === 'created' && tried > 0 ? 'retry' : found,
    retry_count: Math.max(found === 'completed' || isDead ? tried - 1 : tried, 0),
    task: (JSON.parse(payload) as { id: string } | null)?.id ?? '',
    listener: (JSON.parse(delivery) as { listener?: string }).listener ?? '',
    error: error === '' ? null : ((JSON.parse(error) as { code?: string }).code ?? null),
  };
}

/** On a server: looked at while others work it. */
export function postgresStore(schema: TestSchema): PgBossOptions & { read: () => Promise<JobRow[]> } {
  return {
    connection: DATABASE_URL,
    schema: schema.name,
    recoveryIntervalSeconds: 1,
    read: () => schema.query<JobRow>(`${READ_JOBS_OF} ${schema.name}.job`),
  };
}

/** In a folder: looked at between the processes that have it. */
export function folderStore(): PgBossOptions & {
  connection: { embedded: string };
  query: (text: string, values?: unknown[]) => Promise<unknown[]>;
  read: () => Promise<JobRow[]>;
  remove: () => void;
} {
  const parent = mkdtempSync(join(tmpdir(), 'store-'));
  const folder = join(parent, 'database');
  const query = async (text: string, values?: unknown[]): Promise<unknown[]> => {
    const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
    const { rows } = await database.db.executeSql(text, values);
    await database.close();
    return rows as unknown[];
  };
  return {
    connection: { embedded: folder },
    recoveryIntervalSeconds: 1,
    query,
    read: async () => (await query(`${READ_JOBS_OF} pgboss.job`)) as JobRow[],
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** Lets the processes that have claims seem to have died long ago: pg-boss waits for at least 10 s. */
export async function ageHeartbeats(schema: TestSchema): Promise<void> {
  await untilCarriedOut(schema);
  await schema.query(
    `UPDATE ${schema.name}.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`,
  );
}

/** The server carries out what it was asked for though who has asked is dead: that may be to take more. */
async function untilCarriedOut(schema: TestSchema): Promise<void> {
  // What was sent last may still be under way.
  await delay(10);
  const running = await schema.query<{ pid: number; since: string }>(
    `SELECT pid, query_start::text AS since FROM pg_stat_activity
     WHERE state = 'active' AND pid <> pg_backend_pid() AND strpos(query, $1) > 0`,
    [schema.name],
  );
  await until('what was under way is carried out', async () => {
    const left = await schema.query(
      `SELECT FROM pg_stat_activity JOIN unnest($1::int[], $2::text[]) AS run (pid, since) USING (pid)
       WHERE state = 'active' AND query_start::text = run.since`,
      [running.map(({ pid }) => pid), running.map(({ since }) => since)],
    );
    return left.length === 0;
  });
}
