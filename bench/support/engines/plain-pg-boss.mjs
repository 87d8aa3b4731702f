/** What is stored for the one or the other is the same, and small. */
export const payload = { orderId: 4711, customer: 'c-815', total: 19.99, currency: 'EUR' };

/** Whether all jobs of a queue have been run, and recorded as done. */
export async function isSettled(client, schema, queue) {
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM ${schema}.job WHERE name = '${queue}' AND state < 'completed'`,
  );
  return rows[0].count === 0;
}

/** pg-boss as whoever has read its manual would use it. */
export class PlainPgBoss {
  name = 'pg-boss';
  storeCall = 'boss.send()';
  /** Those that were the fastest of the many that were tried. */
  workOptions;

  constructor(boss, workOptions) {
    this.boss = boss;
    this.workOptions = workOptions;
    boss.on('error', console.error);
  }

  async start() {
    await this.boss.start();
    for (const name of ['stored', 'worked']) await this.boss.createQueue(name);
    await this.boss.createQueue('looped', { notify: true });
  }

  send(queue, data = payload) {
    return this.boss.send(queue, data);
  }

  async sendMany(queue, count, options) {
    const jobs = Array.from({ length: count }, () => ({ data: payload }));
    for (let from = 0; from < count; from += 1000) {
      await this.boss.insert(queue, jobs.slice(from, from + 1000), options);
    }
  }

  /** @returns what ends it, once all that was begun is recorded */
  async work(queue, options, onHandled) {
    const every = { burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
    await this.boss.work(queue, { ...every, ...options }, async (jobs) => {
      for (const { data } of jobs) onHandled(data);
    });
    return () => this.boss.offWork(queue);
  }
}
