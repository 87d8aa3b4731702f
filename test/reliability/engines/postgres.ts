import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { openTables } from '../../support/back-door.js';
import { DATABASE_URL, nameSchema } from '../../support/postgres.js';
import { hasPrivatePostgres, PrivatePostgres } from '../../support/private-postgres.js';
import { ageHeartbeats, postgresStore } from '../../support/stores.js';
import type { Capability, ReliabilityHarness, Server, Store } from '../compliance/harness.js';

const CAPABILITIES: readonly Capability[] = ['multiProcess', 'transactional', 'networked', 'powerSafe'];

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
  const schema = nameSchema();
  const { read, ...options } = postgresStore(schema);
  const table = `${schema.name}_effects`;
  return {
    place: { store: options },
    creator: PgBossWorkerCreator.forRoot(options),
    table,
    query: (text) => schema.query(text),
    read,
    ...openTables(schema.name, (text, values) => schema.query(text, values)),
    forget: () => ageHeartbeats(schema),
    remove: async () => {
      await schema.query(`DROP TABLE IF EXISTS ${table}`);
      await schema.remove();
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
    forget: () => ageHeartbeats({ name: 'pgboss', query: (text, values) => server.query(text, values) }),
    remove: () => server.remove(),
  };
}
