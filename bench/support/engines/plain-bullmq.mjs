import { Queue, Worker } from 'bullmq';
import { payload } from './plain-pg-boss.mjs';

/** BullMQ as whoever has read its manual would use it. */
export class PlainBullMq {
  name = 'BullMQ';
  storeCall = 'queue.add()';
  workOptions = {
    'concurrency 50': { concurrency: 50 },
    'concurrency 100': { concurrency: 100 },
    'concurrency 200': { concurrency: 200 },
  };

  constructor(connection, url, prefix) {
    this.connection = connection;
    this.url = url;
    this.prefix = prefix;
    this.queues = Object.fromEntries(
      ['stored', 'worked', 'looped'].map((name) => [name, new Queue(name, { connection, prefix })]),
    );
  }

  send(queue, data = payload) {
    return this.queues[queue].add('event', data);
  }

  async sendMany(queue, count) {
    const jobs = Array.from({ length: count }, () => ({ name: 'event', data: payload }));
    for (let from = 0; from < count; from += 1000)
      await this.queues[queue].addBulk(jobs.slice(from, from + 1000));
  }

  async work(queue, options, onHandled) {
    const worker = new Worker(queue, async ({ data }) => onHandled(data), {
      connection: { url: this.url, maxRetriesPerRequest: null },
      prefix: this.prefix,
      ...options,
    });
    worker.on('error', console.error);
    await worker.waitUntilReady();
    return () => worker.close();
  }

  async close() {
    for (const queue of Object.values(this.queues)) await queue.close();
  }
}
