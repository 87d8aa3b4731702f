import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { defer } from '../clean-up.mjs';
import { isSettled, PlainPgBoss } from './plain-pg-boss.mjs';

export const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/test';

const WORK_OPTIONS = {
  'batch 500 ×2': { batchSize: 500, localConcurrency: 2 },
  'batch 1000 ×2': { batchSize: 1000, localConcurrency: 2 },
};

const DEADLOCK_DETECTED = '40P01';

let opened = 0;

/**
 * A PostgreSQL server, with a schema for this library and one for pg-boss itself.
 *
 * @param listens whether pg-boss is told of new jobs, instead of looking for them
 * @param connection another way to the same server
 */
export async function openPostgres({ listens = false, connection = url } = {}) {
  const suffix = `${process.pid}_${opened++}`;
  const schemas = { ours: `bench_ours_${suffix}`, plain: `bench_plain_${suffix}` };
  defer(() => drop(Object.values(schemas)));
  const client = new Client({ connectionString: url });
  await client.connect();
  defer(() => client.end());
  const boss = new PgBoss({ connectionString: connection, schema: schemas.plain, useListenNotify: listens });
  const plain = new PlainPgBoss(boss, WORK_OPTIONS);
  await plain.start();
  defer(() => boss.stop({ graceful: false }));
  return {
    name: 'PostgreSQL',
    packages: ['pg-boss', 'pg'],
    client,
    schemas,
    creator: new PgBossWorkerCreator({ connection, schema: schemas.ours }),
    plain,
    notes: await describeServer(client),
    isSettled: (side, queue) => isSettled(client, schemas[side], queue),
    clear: (side) => clear(client, schemas[side]),
  };
}

/** pg-boss looks after its tables meanwhile, and one of the two may be refused what the other has. */
async function clear(client, schema) {
  try {
    await client.query(`TRUNCATE ${schema}.job CASCADE`);
  } catch (error) {
    if (error.code !== DEADLOCK_DETECTED) throw error;
    await clear(client, schema);
  }
}

/** By a connection of its own: the other one may have a transaction open. */
async function drop(schemas) {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.end();
}

async function describeServer(client) {
  const { rows } = await client.query(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS synchronous`,
  );
  const { version, fsync, synchronous } = rows[0];
  return [`PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${synchronous}`];
}
