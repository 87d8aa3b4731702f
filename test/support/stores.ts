import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDatabase } from '../../lib/pg-boss/embedded/index.js';
import type { PgBossOptions } from '../../lib/pg-boss/index.js';
import { DATABASE_URL, type TestSchema } from './postgres.js';

/** A row of pg-boss's table of jobs, as far as tests look at it. */
export interface JobRow {
  readonly name: string;
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  readonly retry_count: number;
  readonly task: string;
  readonly error: string | null;
}

const JOBS = `SELECT name, state::text, retry_count, data->'payload'->>'id' AS task,
  coalesce(source_output, output)->>'code' AS error FROM`;

/** On a server: looked at while others work it. */
export function postgresStore(schema: TestSchema): PgBossOptions & { read: () => Promise<JobRow[]> } {
  return {
    connection: DATABASE_URL,
    schema: schema.name,
    recoveryIntervalSeconds: 1,
    read: () => schema.query<JobRow>(`${JOBS} ${schema.name}.job`),
  };
}

/** In a folder: looked at between the processes that have it. */
export function folderStore(): PgBossOptions & {
  connection: { embedded: string };
  read: () => Promise<JobRow[]>;
  remove: () => void;
} {
  const parent = mkdtempSync(join(tmpdir(), 'store-'));
  const folder = join(parent, 'database');
  return {
    connection: { embedded: folder },
    recoveryIntervalSeconds: 1,
    read: async () => {
      const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
      const { rows } = await database.db.executeSql(`${JOBS} pgboss.job`);
      await database.close();
      return rows as JobRow[];
    },
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** Lets the processes that have claims seem to have died long ago: pg-boss waits for at least 10 s. */
export async function ageHeartbeats(schema: TestSchema): Promise<void> {
  await schema.query(
    `UPDATE ${schema.name}.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`,
  );
}
