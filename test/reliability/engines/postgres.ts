import { randomBytes } from 'node:crypto';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { Pool } from 'pg';
import { DATABASE_URL } from '../../support/postgres.js';
import { hasPrivatePostgres, PrivatePostgres } from '../../support/private-postgres.js';
import { READ_JOBS_OF } from '../../support/stores.js';
import type { Capability, ReliabilityHarness, Server, Store } from '../compliance/harness.js';

const CAPABILITIES: readonly Capability[] = ['multiProcess', 'transactional', 'networked', 'powerSafe'];

/** As if no process that has claims had given a sign of life for an hour. pg-boss waits for at least 10 s. */
const toForget = (schema: string): string =>
  `UPDATE ${schema}.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`;

/** pg-boss on PostgreSQL: each store is a schema of the server that tests use. */
export function createPostgresHarness(): ReliabilityHarness {
  const canRestart = hasPrivatePostgres();
  return {
    name: 'PostgreSQL',
    isReference: true,
    capabilities: new Set([...CAPABILITIES, ...(canRestart ? (['restartable'] as const) : [])]),
    url: DATABASE_URL,
    moveTo: ({ store }, connection) => ({ store: { ...store, connection } }),
    createStore: () => Promise.resolve(createStore()),
    createServer,
  };
}

function createStore(): Store {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const pool = new Pool({ connectionString: DATABASE_URL, max: 2 });
  pool.on('error', () => undefined);
  const query = async (text: string): Promise<never[]> => (await pool.query(text)).rows as never[];
  const options = { connection: DATABASE_URL, schema, recoveryIntervalSeconds: 1 };
  return {
    place: { store: options },
    creator: PgBossWorkerCreator.forRoot(options),
    table: `${schema}_effects`,
    query,
    read: () => query(`${READ_JOBS_OF} ${schema}.job`),
    forget: async () => void (await query(toForget(schema))),
    remove: async () => {
      await query(`DROP TABLE IF EXISTS ${schema}_effects`);
      await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await pool.end();
    },
  };
}

async function createServer(): Promise<Server> {
  const server = await PrivatePostgres.create();
  return {
    place: { store: { connection: server.url, recoveryIntervalSeconds: 1 } },
    stopModes: ['immediate', 'kill', 'fast'],
    stop: (mode) => server.stop(mode),
    start: () => server.start(),
    forget: async () => void (await server.query(toForget('pgboss'))),
    remove: () => server.remove(),
  };
}
