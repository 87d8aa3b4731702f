import type { Db, PgBoss } from 'pg-boss';
import type { Database } from '../../lib/pg-boss/database.js';
import { PgBossSettler } from '../../lib/pg-boss/pg-boss.settler.js';

/** What records the outcomes of a queue by what stands in for pg-boss, beside a database that does nothing. */
export function createPgBossSettler(boss: unknown): PgBossSettler {
  const database = { withDeadline: (): Db => ({ executeSql: async () => ({ rows: [] }) }) };
  return new PgBossSettler({
    boss: boss as PgBoss,
    database: database as unknown as Database,
    schema: 'schema',
    queue: 'queue',
    isOrdered: false,
    concurrency: 10,
    deadlineMs: 1000,
    ties: undefined,
  });
}
