import { inspect } from 'node:util';
import { Client } from 'pg';
import { BaseEvent, InvalidTransactionError, StoreError } from 'nestjs-event-drivers';
import { toDatabase } from '../../lib/pg-boss/transactions/index.js';
import { LIBRARIES } from '../pg-boss/transactions/libraries.js';
import { closeApps } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onPostgres, startQueue } from '../support/queue.js';

afterEach(closeApps);

class Paid extends BaseEvent<{ card: string }> {}

const event = new Paid({ card: '4111-secret' });

onPostgres('What fails in a transaction of the caller', (store) => {
  const start = () => startQueue(store, [], {}, { events: [Paid], workers: false });

  test.each(Object.keys(LIBRARIES))(
    'is an error that says what the database says, and nothing that is in the event: %s',
    async (library) => {
      const { events } = await start();
      const database = await LIBRARIES[library]!();
      let failure: unknown;
      let ended: unknown;
      const running = database.run(async (transaction) => {
        ended = transaction;
        // It is as good as rolled back then.
        await expect(toDatabase(transaction).executeSql('SELECT nothing')).rejects.toThrow();
        failure = await events.dispatch(event, { transaction }).catch((error: unknown) => error);
        throw failure;
      });
      const thrown = await running.catch((error: unknown) => error);
      expect(thrown).toBe(failure);
      expect(failure).toBeInstanceOf(StoreError);
      expect(failure).toMatchObject({
        code: 'EVENTS_NOT_STORED',
        outcome: 'not-stored',
        cause: { code: '25P02' },
        message: expect.stringMatching(
          /#test_\w+: not stored: current transaction is aborted, commands ignored/,
        ),
      });
      expect(inspect(failure, { depth: 5 })).not.toMatch(/4111|INSERT/i);
      const late = await events.dispatch(event, { transaction: ended }).catch((error: unknown) => error);
      await database.close();
      expect(late instanceof InvalidTransactionError || late instanceof StoreError).toBe(true);
      expect(inspect(late, { depth: 5 })).not.toMatch(/4111|INSERT/i);
    },
  );

  test('because it is of another database is an error that says so', async () => {
    const { events } = await start();
    const other = new URL(DATABASE_URL);
    other.pathname = '/postgres';
    const client = new Client({ connectionString: other.href });
    await client.connect();
    try {
      await client.query('BEGIN');
      const dispatching = events.dispatch(event, { transaction: client });
      await expect(dispatching).rejects.toBeInstanceOf(StoreError);
      await expect(dispatching).rejects.toThrow(
        /#test_\w+: not stored: relation "test_.*" does not exist \(the transaction is of another database than/,
      );
    } finally {
      await client.end();
    }
  });
});
