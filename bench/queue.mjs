/**
 * The durable queue beside pg-boss itself, on the same server, in one process, alternating: storing with some
 * number of callers that each wait for their turn, and working off what is stored.
 *
 * Uses DATABASE_URL, or the embedded database in memory with `EMBEDDED=1`.
 */
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventService,
  EventsModule,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const isEmbedded = process.env.EMBEDDED === '1';
const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
const schema = `bench_${process.pid}`;
const payload = { orderId: 4711, customer: 'c-815', total: 19.99, currency: 'EUR' };

class Stored extends BaseEvent {}
Event({ name: 'stored', queue: 'stored' })(Stored);
class Worked extends BaseEvent {}
Event({ name: 'worked' })(Worked);

let handled = 0;
class Listener {
  async stored() {}
  async worked() {
    handled++;
  }
}
for (const [key, event] of [
  ['stored', Stored],
  ['worked', Worked],
]) {
  OnEvent(event)(Listener.prototype, key, Object.getOwnPropertyDescriptor(Listener.prototype, key));
}
Injectable()(Listener);

const creator = new PgBossWorkerCreator({ connection: isEmbedded ? { embedded: 'memory' } : url, schema });
class App {}
Module({
  imports: [
    EventsModule.forRoot({
      defaultDriver: 'queue',
      workers: ['default'],
      drivers: { queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator: creator }) },
    }),
  ],
  providers: [Listener],
})(App);

const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
const events = app.get(EventService);
const boss = isEmbedded
  ? new PgBoss({ db: fromPglite(creator.getClient()), schema, backend: 'pglite' })
  : new PgBoss({ connectionString: url, schema });
boss.on('error', console.error);
await boss.start();
await boss.createQueue('plain');
await boss.createQueue('plain-worked');

/** So many callers, each of which does one after another, for about a second. @returns how many a second */
async function measure(callers, action, milliseconds = 1000) {
  const end = performance.now() + milliseconds;
  let count = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        await action();
        count++;
      }
    }),
  );
  return (count / (performance.now() - started)) * 1000;
}

async function drain(count, start, isDone) {
  handled = 0;
  const started = performance.now();
  const stop = await start();
  while (!isDone(count)) await new Promise(setImmediate);
  const perSecond = (count / (performance.now() - started)) * 1000;
  await stop();
  return perSecond;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const results = [];
function report(title, ours, theirs) {
  const ratios = ours.map((value, index) => value / theirs[index]).toSorted((a, b) => a - b);
  results.push({
    title,
    'this library, /s': Math.round(median(ours)),
    'pg-boss, /s': Math.round(median(theirs)),
    ratio: `${median(ratios).toFixed(1)} (${ratios[0].toFixed(1)} to ${ratios.at(-1).toFixed(1)})`,
  });
}

for (const callers of [1, 10, 100, 1000]) {
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await measure(callers, () => events.dispatch(new Stored(payload))));
    theirs.push(await measure(callers, () => boss.send('plain', payload)));
    await boss.deleteAllJobs('plain');
    await boss.deleteAllJobs('queue.stored');
  }
  report(`store, ${callers} in flight`, ours, theirs);
}

{
  const COUNT = isEmbedded ? 5000 : 20_000;
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const queues = app.get((await import('nestjs-event-drivers')).EventQueues);
    await queues.pause('queue');
    await events.dispatchMany(Array.from({ length: COUNT }, () => new Worked(payload)));
    ours.push(
      await drain(
        COUNT,
        async () => {
          await queues.resume('queue');
          return async () => {};
        },
        (count) => handled >= count,
      ),
    );
    await boss.insert(
      'plain-worked',
      Array.from({ length: COUNT }, () => ({ data: payload })),
    );
    theirs.push(
      await drain(
        COUNT,
        async () => {
          await boss.work(
            'plain-worked',
            { batchSize: 500, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
            async (jobs) => {
              handled += jobs.length;
            },
          );
          return () => boss.offWork('plain-worked');
        },
        (count) => handled >= count,
      ),
    );
    await boss.deleteAllJobs('plain-worked');
    await boss.deleteAllJobs('queue');
  }
  report('work off, no-ops, pg-boss at its best', ours, theirs);
}
console.table(results);
if (isEmbedded) await boss.stop({ graceful: false });
await app.close();
if (!isEmbedded) {
  await boss.getDb().executeSql(`DROP SCHEMA ${schema} CASCADE`);
  await boss.stop({ graceful: false });
}
