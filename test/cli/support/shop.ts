import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, OnEvent, type WorkerCreator } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps } from '../../support/app.js';
import { DATABASE_URL, describePostgres, useSchema } from '../../support/postgres.js';
import { type QueueApp, startQueue } from '../../support/queue.js';
import { REDIS_URL } from '../../support/redis.js';
import { until } from '../../support/until.js';

@Event({ name: 'order.placed', queue: 'orders' })
export class OrderPlaced extends BaseEvent<{ no: number; at: Date }> {}

@Event({ name: 'mail.sent' })
export class MailSent extends BaseEvent<{ card: string }> {}

@Injectable()
export class Office {
  /** Of all of them: what is stored may be delivered before anybody has got hold of one. */
  static isPrinterBroken = true;
  readonly done: string[] = [];

  @OnEvent([OrderPlaced, MailSent], { id: 'office' })
  handle(event: OrderPlaced | MailSent): void {
    if (Office.isPrinterBroken) throw new Error('the printer is broken');
    this.done.push(event.getName());
  }
}

/** A store for the command line to look into. */
export interface CliStore {
  /** The options of the command line that name it. */
  readonly options: () => readonly string[];
  /** Starts an application on it whose driver is `shop`. */
  readonly start: (workers?: boolean) => Promise<QueueApp>;
}

/** Declares tests on PostgreSQL, and on an embedded database in a folder. */
export function onEachCliStore(body: (store: CliStore) => void): void {
  describePostgres('on PostgreSQL', () => {
    const { name: schema } = useSchema();
    body(createPostgresStore(schema));
  });
  describe('on an embedded database', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'event-drivers-cli-')), 'events');
    afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
    const creator = PgBossWorkerCreator.forRoot({ connection: { embedded: folder } });
    body(createStore(['--connection', folder], creator));
  });
}

/** A store in PostgreSQL. */
export function createPostgresStore(schema: string): CliStore {
  const creator = PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema });
  return createStore(['--connection', DATABASE_URL, '--schema', schema], creator);
}

/** A store in Redis. */
export function createRedisStore(prefix: string): CliStore {
  const creator = BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix });
  return createStore(['--connection', REDIS_URL, '--prefix', prefix], creator);
}

function createStore(options: readonly string[], creator: new () => WorkerCreator): CliStore {
  const store = { creator, uniqueName: () => 'shop' };
  return {
    options: () => options,
    start: (workers = true) => startQueue(store, [Office], { retries: 0 }, { workers }),
  };
}

/** Leaves three dead letters behind: two of orders, one of a mail. */
export async function leaveDeadLetters({ start }: CliStore): Promise<void> {
  Office.isPrinterBroken = true;
  const { events, queues } = await start();
  for (const no of [1, 2]) {
    await events.dispatch(new OrderPlaced({ no, at: new Date(0) }));
    await until('it is given up', async () => (await queues.listFailed()).length === no);
  }
  await events.dispatch(new MailSent({ card: '4111 1111' }));
  await until('all are given up', async () => (await queues.listFailed()).length === 3);
  await closeApps();
}
