import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { DATABASE_URL, describePostgres, useSchema } from '../../support/postgres.js';

describePostgres('Deliveries of one ordering key', () => {
  const schema = useSchema();

  it('keep their order whatever the order is in which the server comes upon them', async () => {
    const engine = new PgBossWorkerCreator({ connection: DATABASE_URL, schema: schema.name });
    const definition = {
      name: 'mail',
      deadLetterQueue: 'mail/dead',
      retries: 0,
      timeoutMs: 60_000,
      heartbeatMs: 30_000,
      keepCompletedSeconds: 60,
    };
    await engine.open({
      queues: [definition],
      isWorker: true,
      strict: false,
      onError: () => undefined,
      onWarning: () => undefined,
    });
    const numbers = Array.from({ length: 400 }, (_, index) => index);
    const deliveries = numbers.map((payload) => {
      const id = randomUUID();
      const data = { event: 'sent', version: 1, eventId: id, payload };
      return { id, data, options: { orderingKey: 'k' } };
    });
    const client = new Client({ connectionString: DATABASE_URL });
    await client.connect();
    await client.query('BEGIN');
    // It then goes by the ids, which are in no order.
    await client.query('SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off');
    await engine.store('mail', deliveries, client);
    await client.query('COMMIT');
    await client.end();
    await engine.close();
    const rows = await schema.query<{ payload: string }>(
      `SELECT data->>'payload' AS payload FROM ${schema.name}.job WHERE name = 'mail/ordered' ORDER BY created_on, id`,
    );
    expect(rows.map(({ payload }) => Number(payload))).toEqual(numbers);
  });
});
