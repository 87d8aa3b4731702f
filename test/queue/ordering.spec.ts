import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { BaseEvent, Event, OnEvent } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onDatabases, onEachStore, onPostgres, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

/** The ids of its deliveries are hashes. */
@Event({ name: 'step', orderingKey: 'k', idempotencyKey: (event: Step) => `step ${event.getPayload()}` })
class Step extends BaseEvent<number> {}

@Injectable()
class Steps {
  readonly heard: number[] = [];

  @OnEvent(Step, { id: 'steps' })
  hear(event: Step): void {
    this.heard.push(event.getPayload());
  }
}

const NUMBERS = Array.from({ length: 12 }, (_, index) => index);

onEachStore('Deliveries of one ordering key', (store) => {
  test('keep the order in which they were dispatched: together, and one after another', async () => {
    const { app, events } = await startQueue(store, [Steps]);
    await events.dispatchMany(NUMBERS.slice(0, 6).map((no) => new Step(no)));
    await Promise.all(NUMBERS.slice(6, 9).map((no) => events.dispatch(new Step(no))));
    for (const no of NUMBERS.slice(9)) await events.dispatch(new Step(no));
    const { heard } = app.get(Steps);
    await until('all are heard', () => heard.length === NUMBERS.length);
    expect(heard).toEqual(NUMBERS);
  });
});

onDatabases('Deliveries of one ordering key that are dispatched in a transaction', (store) => {
  test('keep the order, too', async () => {
    const { app, events, driver } = await startQueue(store, [Steps]);
    const engine = driver.getEngine() as PgBossWorkerCreator;
    const dispatchAll = async (transaction: unknown): Promise<void> => {
      for (const no of NUMBERS) await events.dispatch(new Step(no), { transaction });
    };
    if (store.schema === undefined) {
      await engine.getClient<{ transaction: typeof inTransaction }>().transaction(dispatchAll);
    } else {
      await inTransaction(dispatchAll);
    }
    const { heard } = app.get(Steps);
    await until('all are heard', () => heard.length === NUMBERS.length);
    expect(heard).toEqual(NUMBERS);
  });
});

onPostgres('Deliveries of one ordering key from two transactions', (store) => {
  test('are in the order in which they were stored, not in that of the transactions', async () => {
    const { app, events } = await startQueue(store, [Steps]);
    await inTransaction(async (early) => {
      await inTransaction((late) => events.dispatch(new Step(1), { transaction: late }));
      await events.dispatch(new Step(2), { transaction: early });
    });
    const { heard } = app.get(Steps);
    await until('both are heard', () => heard.length === 2);
    expect(heard).toEqual([1, 2]);
  });
});

async function inTransaction(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
