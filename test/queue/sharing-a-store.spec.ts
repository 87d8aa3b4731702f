import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventService,
  InvalidEventConfigError,
  InvalidOptionsError,
  QueueDriver,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp, syncConfig } from '../support/app.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sharing-'));
});

afterEach(closeApps);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

@Event({ name: 'mail.due', queue: 'mails' })
class MailDue extends BaseEvent {}

const memory = { embedded: 'memory' };

const queue = (workerCreator: WorkerCreatorSource) =>
  EventConfig.createConfigDriver(QueueDriver, { workerCreator });

const start = (drivers: Record<string, ReturnType<typeof queue>>) =>
  startApp(syncConfig({ events: [MailDue], drivers }));

test('Two drivers that want one store otherwise are refused, with what is different', async () => {
  const starting = start({
    a: queue(PgBossWorkerCreator.forRoot({ connection: memory, poolSize: 2 })),
    b: queue(PgBossWorkerCreator.forRoot({ connection: memory, poolSize: 7, ambientTransactions: false })),
  });
  await expect(starting).rejects.toBeInstanceOf(InvalidEventConfigError);
  await expect(starting).rejects.toThrow(
    "drivers 'a' and 'b' use one store and want it otherwise: poolSize 2 and 7, ambientTransactions true and false. " +
      'Give both the same workerCreator, or each a store of its own (embedded database in memory (pgboss))',
  );
});

test('Two drivers with one folder and different schemas are refused: it can be opened once only', async () => {
  const connection = { embedded: join(folder, 'one') };
  const starting = start({
    a: queue(PgBossWorkerCreator.forRoot({ connection, schema: 'sa' })),
    b: queue(PgBossWorkerCreator.forRoot({ connection, schema: 'sb' })),
  });
  await expect(starting).rejects.toThrow(
    /drivers 'a' and 'b' use one store and want it otherwise: schema 'sa' and 'sb'/,
  );
});

test('Two drivers whose queues have one name in the store are refused', async () => {
  const creator = PgBossWorkerCreator.forRoot({ connection: memory });
  const starting = start({ a: queue(creator), 'a.mails': queue(creator) });
  await expect(starting).rejects.toBeInstanceOf(InvalidEventConfigError);
  await expect(starting).rejects.toThrow(
    /drivers 'a' and 'a\.mails' would share the queue 'a\.mails' in the store; rename one of them/,
  );
  // In another store, it is another queue.
  const other = PgBossWorkerCreator.forRoot({ connection: memory, schema: 'other' });
  await start({ a: queue(creator), 'a.mails': queue(other) });
});

test('An engine that an application uses is refused to another one, until the first is closed', async () => {
  const engine = new PgBossWorkerCreator({ connection: memory });
  const app = await start({ a: queue(engine), b: queue(engine) });
  const second = start({ a: queue(engine) });
  await expect(second).rejects.toBeInstanceOf(InvalidOptionsError);
  await expect(second).rejects.toThrow(
    /this instance of PgBossWorkerCreator is in use by another application of this process \(embedded database/,
  );
  await app.get(EventService).dispatch(new MailDue(), 'a');
  await closeApps();
  const third = await start({ a: queue(engine) });
  await third.get(EventService).dispatch(new MailDue(), 'a');
});
