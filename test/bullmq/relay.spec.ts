import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  OnEvent,
  QueueDriver,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { Pool } from 'pg';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';
import { describeRedis, REDIS_URL, usePrefix } from '../support/redis.js';
import { until } from '../support/until.js';

afterEach(closeApps);

@Event({ name: 'order.placed' })
class OrderPlaced extends BaseEvent<{ no: number; at: Date }> {}

@Injectable()
class Mailer {
  readonly heard: unknown[] = [];

  @OnEvent(OrderPlaced, { id: 'mail' })
  hear(event: OrderPlaced): void {
    this.heard.push(event.getPayload());
  }
}

describeRedis('Redis behind a transaction', () => {
  describePostgres('of PostgreSQL', () => {
    const schema = useSchema();
    const keys = usePrefix();
    const pool = new Pool({ connectionString: DATABASE_URL });
    afterAll(() => pool.end());

    async function startRelay() {
      const redis = BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix: keys.prefix });
      const postgres = PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: schema.name });
      const app = await startApp(
        syncConfig({
          defaultDriver: 'outbox',
          drivers: {
            redis: EventConfig.createConfigDriver(QueueDriver, { workerCreator: redis }),
            outbox: EventConfig.createConfigDriver(QueueDriver, { workerCreator: postgres, driver: 'redis' }),
          },
        }),
        [Mailer],
      );
      return { events: app.get(EventService), mailer: app.get(Mailer), queues: app.get(EventQueues) };
    }

    async function inTransaction(end: 'COMMIT' | 'ROLLBACK', work: (client: object) => Promise<void>) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await work(client);
        await client.query(end);
      } finally {
        client.release();
      }
    }

    test('a queue there relays to one here what is committed, and nothing else', async () => {
      const { events, mailer, queues } = await startRelay();
      const at = new Date();
      const gone = new OrderPlaced({ no: 1, at });
      await inTransaction('ROLLBACK', (transaction) => events.dispatch(gone, { transaction }));
      const kept = new OrderPlaced({ no: 2, at });
      await inTransaction('COMMIT', (transaction) => events.dispatch(kept, { transaction }));
      await until('it was heard', () => mailer.heard.length > 0);
      expect(mailer.heard).toEqual([{ no: 2, at }]);
      await until('both are done', async () => {
        const counts = await queues.count();
        return counts.every(({ completed }) => completed === 1) && counts.length === 2;
      });
      const names = (await queues.count()).map(({ driver }) => driver).toSorted();
      expect(names).toEqual(['outbox', 'redis']);
    });

    test('a transaction is refused here with the way out', async () => {
      const { events } = await startRelay();
      await inTransaction('ROLLBACK', async (transaction) => {
        const dispatched = events.dispatch(new OrderPlaced({ no: 3, at: new Date() }), {
          transaction,
          driver: 'redis',
        });
        await expect(dispatched).rejects.toThrow(UnsupportedOptionError);
        await expect(dispatched).rejects.toThrow(/PostgreSQL.*relay/s);
      });
    });
  });
});
