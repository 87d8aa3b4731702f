import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { QueueDriver, type QueueDriverOptions } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import type { DriverHarness, EngineStore } from 'nestjs-event-drivers/testing';
import { Pool } from 'pg';
import { beginPostgresTransaction } from '../conformance/support/postgres-transaction.js';
import { DATABASE_URL, describePostgres } from '../support/postgres.js';
import { driverCompliance } from './compliance/driver-compliance.js';
import { createPostgresHarness } from './engines/postgres.js';

Logger.overrideLogger(false);

interface SchemaOptions extends QueueDriverOptions {
  readonly workerCreator: typeof PgBossWorkerCreator & { readonly schema: string };
}

describePostgres('The durable queue', () => {
  const pool = new Pool({ connectionString: DATABASE_URL, max: 2 });
  pool.on('error', () => undefined);
  afterAll(() => pool.end());

  driverCompliance({ ...createPostgresHarness(), engine: { createStore }, driver: inSchemas(pool) });
});

function newOptions() {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  return { connection: DATABASE_URL, schema, poolSize: 4, recoveryIntervalSeconds: 1 };
}

function createStore(): EngineStore {
  const options = newOptions();
  const pool = new Pool({ connectionString: DATABASE_URL, max: 2 });
  pool.on('error', () => undefined);
  return {
    create: () => new PgBossWorkerCreator(options),
    crash: (engine) => engine.close(),
    expireHeartbeats: () => ageHeartbeats(pool, options.schema),
    destroy: async () => {
      await dropSchema(pool, options.schema);
      await pool.end();
    },
    beginTransaction: () => beginPostgresTransaction(pool),
  };
}

/** Each place is a schema of its own, that another process may work at the same time. */
function inSchemas(pool: Pool): DriverHarness<SchemaOptions> {
  return {
    driver: QueueDriver,
    options: () => {
      const options = newOptions();
      const workerCreator = Object.assign(PgBossWorkerCreator.forRoot(options), { schema: options.schema });
      return {
        delayMs: 20,
        pollIntervalMs: 50,
        heartbeat: '10s',
        workerCreator: workerCreator as SchemaOptions['workerCreator'],
      };
    },
    cleanUp: ({ workerCreator: { schema } }) => dropSchema(pool, schema),
    crash: async (driver, { workerCreator: { schema } }) => {
      await (driver as QueueDriver).getEngine().close();
      await ageHeartbeats(pool, schema);
    },
    beginTransaction: () => beginPostgresTransaction(pool),
  };
}

/** As if an hour had passed since the last sign of life of whoever runs something. */
async function ageHeartbeats(pool: Pool, schema: string): Promise<void> {
  await pool.query(`UPDATE ${schema}.job SET heartbeat_on = heartbeat_on - interval '1 hour'`);
}

async function dropSchema(pool: Pool, schema: string): Promise<void> {
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}
