import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { describeWorkerCreator, type EngineStore } from 'nestjs-event-drivers/testing';
import { Pool } from 'pg';
import { DATABASE_URL, describePostgres } from '../support/postgres.js';
import { beginPostgresTransaction } from './support/postgres-transaction.js';

Logger.overrideLogger(false);

describePostgres('PostgreSQL', () => {
  const harness = { createStore };
  describeWorkerCreator('PgBossWorkerCreator, PostgreSQL', harness, { describe, it, afterAll });
});

function createStore(): EngineStore {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const pool = new Pool({ connectionString: DATABASE_URL, max: 2 });
  pool.on('error', () => undefined);
  const options = { connection: DATABASE_URL, schema, poolSize: 4, recoveryIntervalSeconds: 1 };
  return {
    create: () => new PgBossWorkerCreator(options),
    crash: (engine) => engine.close(),
    expireHeartbeats: async () => {
      // As if an hour had passed since then.
      await pool.query(`UPDATE ${schema}.job SET heartbeat_on = heartbeat_on - interval '1 hour'`);
    },
    destroy: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await pool.end();
    },
    beginTransaction: () => beginPostgresTransaction(pool),
  };
}
