/**
 * The durable queue beside BullMQ itself, on the same Redis, in one process, alternating: storing with some number of
 * callers that each wait for their turn, many in one call, and working off what is stored.
 *
 * Uses REDIS_URL.
 */
import 'reflect-metadata';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { EventQueues } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { Comparison, drain, handled, measure, payload, startApp, Stored, Worked } from './side-by-side.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const CONCURRENCY = 100;
const MANY = 1000;
const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const prefix = `{bench_${process.pid}}`;

const redis = new Redis(url, { maxRetriesPerRequest: null });
const { app, events } = await startApp(new BullMqWorkerCreator({ connection: url, prefix }), {
  concurrency: CONCURRENCY,
});
// As ours keeps what is completed for a day, so do theirs: what is removed at once costs less.
const plain = new Queue('plain', { connection: redis, prefix });
const worked = new Queue('plain-worked', { connection: redis, prefix });
const comparison = new Comparison('BullMQ');

async function empty(...names) {
  for (const name of names) {
    const keys = [];
    for await (const found of redis.scanStream({ match: `${prefix}:${name}:*`, count: 5000 }))
      keys.push(...found);
    const kept = keys.filter((key) => !/:(?:event-drivers|meta)$/.test(key));
    for (let from = 0; from < kept.length; from += 5000) await redis.unlink(...kept.slice(from, from + 5000));
  }
}

for (const callers of [1, 10, 100, 1000]) {
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await measure(callers, () => events.dispatch(new Stored(payload))));
    theirs.push(await measure(callers, () => plain.add('stored', payload)));
    await empty('plain', 'queue.stored');
  }
  comparison.add(`store, ${callers} in flight, beside add()`, ours, theirs);
}

{
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const many = () => Array.from({ length: MANY }, () => new Stored(payload));
    const bulk = () => Array.from({ length: MANY }, () => ({ name: 'stored', data: payload }));
    ours.push(MANY * (await measure(1, () => events.dispatchMany(many()))));
    theirs.push(MANY * (await measure(1, () => plain.addBulk(bulk()))));
    await empty('plain', 'queue.stored');
  }
  comparison.add(`store, ${MANY} in one call, beside addBulk()`, ours, theirs);
}

{
  const COUNT = 20_000;
  const queues = app.get(EventQueues);
  const ours = [];
  const theirs = [];
  const resume = async () => {
    await queues.resume('queue');
    return async () => {};
  };
  const work = async () => {
    const worker = new Worker('plain-worked', async () => void handled.count++, {
      connection: { url, maxRetriesPerRequest: null },
      prefix,
      concurrency: CONCURRENCY,
    });
    return () => worker.close();
  };
  for (let round = 0; round < ROUNDS; round++) {
    await queues.pause('queue');
    await events.dispatchMany(Array.from({ length: COUNT }, () => new Worked(payload)));
    ours.push(await drain(COUNT, resume));
    await worked.addBulk(Array.from({ length: COUNT }, () => ({ name: 'worked', data: payload })));
    theirs.push(await drain(COUNT, work));
    await empty('plain-worked', 'queue');
  }
  comparison.add(`work off, no-ops, ${CONCURRENCY} at a time`, ours, theirs);
}
comparison.print();
await plain.close();
await worked.close();
await app.close();
await empty('*');
await redis.quit();
