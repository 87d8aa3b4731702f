import { randomUUID } from 'node:crypto';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { DATABASE_URL, describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { ROWS, testRows } from './support/rows.js';

describePostgres('Rows that nobody dispatched', () => {
  const schema = useSchemaOfEach();

  testRows(ROWS, {
    creator: PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: schema.name }),
    insert: async (json) => {
      const id = randomUUID();
      const columns =
        'retry_limit, retry_delay, expire_seconds, deletion_seconds, keep_until, policy, dead_letter';
      await schema.query(
        `INSERT INTO ${schema.name}.job (id, name, data, ${columns})
         SELECT $1, 'queue', $2::jsonb, 3, 0, 900, 60, now() + interval '1 day', 'standard', 'queue/dead'`,
        [id, json],
      );
      return id;
    },
    stateOf: async (id) => {
      const rows = await schema.query<{ state: string }>(
        `SELECT state::text FROM ${schema.name}.job WHERE id = $1`,
        [id],
      );
      return rows[0]?.state;
    },
    findLetter: async (id) => {
      const rows = await schema.query<{ id: string }>(
        `SELECT id FROM ${schema.name}.job WHERE name = 'queue/dead' AND source_id = $1`,
        [id],
      );
      return rows[0]?.id;
    },
  });
});
