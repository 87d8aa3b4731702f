import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from 'pg-boss';
import { useParent, open } from './support/databases.js';

let folder: string;

useParent((parent) => {
  folder = join(parent, 'database');
});

const write = "INSERT INTO items SELECT i, repeat('x', 500) FROM generate_series(1, 5000) i";

it.each(['statements', 'one transaction'])('stays short while %s write ten times as much', async (kind) => {
  const database = await open({ folder });
  await database.db.executeSql('CREATE TABLE items (id int, text text)');
  const transaction = kind === 'statements' ? undefined : await database.db.beginTransaction();
  const session = transaction?.db ?? database.db;
  let longest = 0;
  for (let i = 0; i < 60; i++) {
    await session.executeSql(write);
    longest = Math.max(longest, await measure(session));
  }
  await transaction?.commit();

  expect(longest).toBeLessThan(60e6);
  expect(sizeOf(join(folder, 'pg_wal'))).toBeLessThanOrEqual(128 * 2 ** 20);
});

it('holds nothing that the next start would have to replay when the database was closed', async () => {
  const database = await open({ folder });
  await database.db.executeSql('CREATE TABLE items AS SELECT generate_series(1, 10000)');
  const { rows } = await database.db.executeSql("SELECT (pg_current_wal_insert_lsn() - '0/0')::text AS end");
  expect(readStartOfReplay()).toBeLessThan(BigInt(rows[0].end as string));
  await database.close();
  expect(readStartOfReplay()).toBeGreaterThanOrEqual(BigInt(rows[0].end as string));
});

/** Where the last checkpoint says that a replay has to begin. */
function readStartOfReplay(): bigint {
  return readFileSync(join(folder, 'global/pg_control')).readBigUInt64LE(40);
}

async function measure(session: Db): Promise<number> {
  const text =
    'SELECT (pg_current_wal_insert_lsn() - redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()';
  return (await session.executeSql(text)).rows[0].bytes as number;
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
