import { randomBytes } from 'node:crypto';
import { QueueDriver, type QueueDriverOptions } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { describeDriver, type DriverHarness } from 'nestjs-event-drivers/testing';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { DATABASE_URL, describePostgres } from '../support/postgres.js';
import { createPrefix, describeRedis, REDIS_URL, type TestPrefix } from '../support/redis.js';
import { beginPostgresTransaction } from './support/postgres-transaction.js';

const QUICK = { delayMs: 20, pollIntervalMs: 50, heartbeat: '10s' } as const;

interface SchemaOptions extends QueueDriverOptions {
  readonly workerCreator: typeof PgBossWorkerCreator & { readonly schema: string };
}

interface PrefixOptions extends QueueDriverOptions {
  readonly workerCreator: typeof BullMqWorkerCreator & { readonly keys: TestPrefix };
}

describePostgres('QueueDriver', () => {
  const pool = new Pool({ connectionString: DATABASE_URL, max: 2 });
  pool.on('error', () => undefined);
  afterAll(() => pool.end());

  describeDriver('QueueDriver, PostgreSQL', inSchemas(pool));
});

describeRedis('QueueDriver', () => {
  const redis = new Redis(REDIS_URL, { lazyConnect: true });
  afterAll(() => redis.quit());

  describeDriver('QueueDriver, Redis', underPrefixes(redis));
});

/** Each place is a schema of its own, that another process may work at the same time. */
function inSchemas(pool: Pool): DriverHarness<SchemaOptions> {
  return {
    driver: QueueDriver,
    options: () => {
      const schema = `test_${randomBytes(6).toString('hex')}`;
      const workerCreator = PgBossWorkerCreator.forRoot({
        connection: DATABASE_URL,
        schema,
        poolSize: 4,
        recoveryIntervalSeconds: 1,
      });
      return {
        ...QUICK,
        workerCreator: Object.assign(workerCreator, { schema }) as SchemaOptions['workerCreator'],
      };
    },
    cleanUp: async ({ workerCreator: { schema } }) => {
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },
    crash: async (driver, { workerCreator: { schema } }) => {
      await (driver as QueueDriver).getEngine().close();
      // As if an hour had passed since its last sign of life.
      await pool.query(`UPDATE ${schema}.job SET heartbeat_on = heartbeat_on - interval '1 hour'`);
    },
    beginTransaction: () => beginPostgresTransaction(pool),
  };
}

/** Each place is a prefix of its own, whose keys another process may work at the same time. */
function underPrefixes(redis: Redis): DriverHarness<PrefixOptions> {
  return {
    driver: QueueDriver,
    options: () => {
      const keys = createPrefix(redis);
      const workerCreator = BullMqWorkerCreator.forRoot({
        connection: REDIS_URL,
        prefix: keys.prefix,
        recoveryIntervalSeconds: 1,
      });
      return {
        ...QUICK,
        workerCreator: Object.assign(workerCreator, { keys }) as PrefixOptions['workerCreator'],
      };
    },
    cleanUp: ({ workerCreator: { keys } }) => keys.removeAll(),
    crash: async (driver, { workerCreator: { keys } }) => {
      await (driver as QueueDriver).getEngine().close();
      await keys.expireLocks();
    },
  };
}
