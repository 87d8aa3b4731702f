/**
 * The durable queue beside pg-boss itself, on the same server, in one process, alternating: storing with some
 * number of callers that each wait for their turn, and working off what is stored.
 *
 * Uses DATABASE_URL, or the embedded database in memory with `EMBEDDED=1`.
 */
import 'reflect-metadata';
import { EventQueues } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { Comparison, drain, handled, measure, payload, startApp, Stored, Worked } from './side-by-side.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const isEmbedded = process.env.EMBEDDED === '1';
const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
const schema = `bench_${process.pid}`;

const creator = new PgBossWorkerCreator({ connection: isEmbedded ? { embedded: 'memory' } : url, schema });
const { app, events } = await startApp(creator);
const boss = isEmbedded
  ? new PgBoss({ db: fromPglite(creator.getClient()), schema, backend: 'pglite' })
  : new PgBoss({ connectionString: url, schema });
boss.on('error', console.error);
await boss.start();
await boss.createQueue('plain');
await boss.createQueue('plain-worked');
const comparison = new Comparison('pg-boss');

for (const callers of [1, 10, 100, 1000]) {
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await measure(callers, () => events.dispatch(new Stored(payload))));
    theirs.push(await measure(callers, () => boss.send('plain', payload)));
    await boss.deleteAllJobs('plain');
    await boss.deleteAllJobs('queue.stored');
  }
  comparison.add(`store, ${callers} in flight`, ours, theirs);
}

{
  const COUNT = isEmbedded ? 5000 : 20_000;
  const queues = app.get(EventQueues);
  const ours = [];
  const theirs = [];
  const work = async () => {
    await boss.work(
      'plain-worked',
      { batchSize: 500, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        handled.count += jobs.length;
      },
    );
    return () => boss.offWork('plain-worked');
  };
  const resume = async () => {
    await queues.resume('queue');
    return async () => {};
  };
  for (let round = 0; round < ROUNDS; round++) {
    await queues.pause('queue');
    await events.dispatchMany(Array.from({ length: COUNT }, () => new Worked(payload)));
    ours.push(await drain(COUNT, resume));
    await boss.insert(
      'plain-worked',
      Array.from({ length: COUNT }, () => ({ data: payload })),
    );
    theirs.push(await drain(COUNT, work));
    await boss.deleteAllJobs('plain-worked');
    await boss.deleteAllJobs('queue');
  }
  comparison.add('work off, no-ops, pg-boss at its best', ours, theirs);
}
comparison.print();
if (isEmbedded) await boss.stop({ graceful: false });
await app.close();
if (!isEmbedded) {
  await boss.getDb().executeSql(`DROP SCHEMA ${schema} CASCADE`);
  await boss.stop({ graceful: false });
}
