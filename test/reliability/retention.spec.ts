import { Injectable } from '@nestjs/common';
import { Queue } from 'bullmq';
import {
  BaseEvent,
  EventConfig,
  EventQueues,
  EventService,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { captureLogs } from '../support/drivers.js';
import { describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { describeRedis, usePrefixOfEach } from '../support/redis.js';
import { until } from '../support/until.js';
import { postgresStore, redisStore } from '../support/stores.js';

const COLUMNS = ['created_on', 'keep_until', 'completed_on', 'started_on'];

describePostgres('What nobody has decided about, on PostgreSQL', () => {
  const schema = useSchemaOfEach();
  const store = postgresStore(schema);

  it.each([15, 90])('is still there after %d days, and is delivered', async (days) => {
    const ledgers = new LedgerFolder();
    const config = { ledgers: ledgers.path, store };
    const producer = await ChildApp.start({ ...config, workers: false });
    await producer.dispatch({ dispatch: 'waits', parallel: 1, count: 3 });
    const failing = { behaviour: 'fail' } as const;
    await producer.dispatch({
      dispatch: 'dead',
      parallel: 1,
      count: 2,
      payload: failing,
      options: { retries: 0, priority: 5 },
    });
    await producer.kill();
    const readDead = async () =>
      (await store.read()).filter(({ name, task }) => name === 'queue/dead' && task.startsWith('dead'));
    await letWait('1 hour');
    const worker = await ChildApp.start(config);
    await until('some are given up', async () => (await readDead()).length === 2);

    await travel(days);
    // The second time shows that the first has ended.
    for (let pass = 0; pass < 2; pass++) {
      await schema.query(`UPDATE ${schema.name}.queue SET maintain_on = now() - interval '10 days'`);
      await until('the maintenance has been', hasBeenMaintained);
    }
    expect(ledgers.ids('done')).toEqual([]);
    await letWait('0 hours');
    await until('what waited is delivered', () => ledgers.ids('done').length === 3);
    expect(await readDead()).toHaveLength(2);
    await worker.kill();
  });

  /** What has not been begun is not to begin before. */
  async function letWait(interval: string): Promise<void> {
    await schema.query(
      `UPDATE ${schema.name}.job SET start_after = now() + $1::interval
       WHERE data->'payload'->>'id' LIKE 'waits%' AND state = 'created'`,
      [interval],
    );
  }

  /** Lets all that is there be so much older. */
  async function travel(days: number): Promise<void> {
    const shifts = COLUMNS.map((column) => `${column} = ${column} - $1 * interval '1 day'`);
    await schema.query(`UPDATE ${schema.name}.job SET ${shifts.join(', ')}`, [days]);
  }

  async function hasBeenMaintained(): Promise<boolean> {
    const rows = await schema.query<{ done: boolean }>(
      `SELECT bool_and(maintain_on > now() - interval '1 day') AS done FROM ${schema.name}.queue`,
    );
    return rows[0]!.done;
  }
});

class Report extends BaseEvent<string> {}

@Injectable()
class Printer {
  readonly printed: string[] = [];

  @OnEvent(Report)
  print(report: Report): void {
    if (report.getPayload() === 'dead') throw new Error('no ink');
    this.printed.push(report.getPayload());
  }
}

const DAY_MS = 86_400_000;

describeRedis('What nobody has decided about, on Redis', () => {
  const keys = usePrefixOfEach();
  const { prefix, redis } = keys;
  const base = `${prefix}:queue:`;
  afterEach(closeApps);

  it('is still there when what is done is forgotten, after 90 days, and is delivered', async () => {
    const { creator, read } = redisStore(keys);
    const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: creator, retries: 0 });
    const app = await startApp(syncConfig({ defaultDriver: 'queue', drivers: { queue } }), [Printer]);
    captureLogs();
    const events = app.get(EventService);
    const { printed } = app.get(Printer);
    await events.dispatchMany(['dead', 'done', 'dead'].map((text) => new Report(text)));
    await events.dispatchMany([new Report('waits'), new Report('waits')], { delay: '1h' });
    await until('two are given up', async () => (await app.get(EventQueues).listFailed()).length === 2);
    await until('one is done', async () => (await read()).some(({ state }) => state === 'completed'));

    await travel(90);
    await until('what is done is forgotten', async () => (await read()).length === 4);
    expect(printed).toEqual(['done']);
    const bull = new Queue('queue', { connection: redis, prefix });
    for (const job of await bull.getDelayed()) await job.promote();
    await until('what waited is delivered', () => printed.length === 3);
    expect(await app.get(EventQueues).listFailed()).toHaveLength(2);
    await bull.close();
  });

  /** Lets all that is there be so many days older. */
  async function travel(days: number): Promise<void> {
    for (const state of ['completed', 'failed']) {
      const ids = await redis.zrange(base + state, '0', '-1');
      for (const id of ids) await redis.zincrby(base + state, -days * DAY_MS, id);
    }
    for (const id of await redis.zrange(`${base}delayed`, '0', '-1')) {
      await redis.hincrby(base + id, 'timestamp', -days * DAY_MS);
    }
  }
});
