import { PgBoss } from 'pg-boss';
import { openPostgresDatabase, type OpenedPostgres } from '../../../lib/pg-boss/postgres/index.js';
import { rejectionOf } from '../../support/drivers.js';
import { DATABASE_URL, describePostgres, terminateConnections, useSchema } from '../../support/postgres.js';
import { until } from '../../support/until.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const QUEUE = 'orders';

describePostgres('pg-boss on a PostgreSQL database', () => {
  const schema = useSchema();
  let proxy: TcpProxy;
  let database: OpenedPostgres;
  let boss: PgBoss;

  beforeAll(async () => {
    proxy = await TcpProxy.openFor(DATABASE_URL);
    database = openPostgresDatabase({
      connection: proxy.through(DATABASE_URL),
      applicationName: schema.name,
      onError: () => undefined,
    });
    boss = new PgBoss({ db: database.db, schema: schema.name, useListenNotify: true });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue(QUEUE, { notify: true });
  });

  afterEach(async () => {
    proxy.forward();
    await schema.query(`DELETE FROM ${schema.name}.job`);
  });

  afterAll(async () => {
    await boss.stop({ graceful: false });
    await database.close(1000);
    await proxy.close();
  });

  async function countJobs(): Promise<number> {
    const [row] = await schema.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${schema.name}.job`);
    return row!.n;
  }

  it('is given up at the deadline of a call, and works again once the network does', async () => {
    const db = database.db.withDeadline(300);
    await boss.send(QUEUE, {}, { db });
    proxy.blackhole();
    const started = performance.now();
    expect(await rejectionOf(boss.send(QUEUE, {}, { db }))).toMatchObject({ code: 'EVENTS_STORE_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(800);
    proxy.reopen();
    expect(await boss.send(QUEUE, {}, { db })).toEqual(expect.any(String));
  });

  it('loses nothing that was confirmed while the server ends all connections', async () => {
    const db = database.db.withDeadline(2000);
    let confirmed = 0;
    for (let round = 0; round < 50; round++) {
      const sends = Promise.allSettled([1, 2, 3, 4].map(() => boss.send(QUEUE, { round }, { db })));
      await terminateConnections(schema, schema.name);
      confirmed += (await sends).filter(({ status }) => status === 'fulfilled').length;
    }
    expect(confirmed).toBeGreaterThan(0);
    const stored = await countJobs();
    expect(stored).toBeGreaterThanOrEqual(confirmed);
    expect(stored).toBeLessThanOrEqual(200);
  });

  it('tells a worker at once, and runs its work in a transaction that completes the job', async () => {
    const done: unknown[] = [];
    // All connections of the test before are gone.
    await until('it listens', async () => {
      const listening = "application_name = $1 AND query ~ '^LISTEN|pg_listening_channels'";
      const rows = await schema.query(`SELECT FROM pg_stat_activity WHERE ${listening}`, [schema.name]);
      return rows.length > 0;
    });
    await boss.work(
      QUEUE,
      { transactional: true, pollingIntervalSeconds: 30, includeMetadata: false },
      async (jobs: { data: unknown }[]) => {
        done.push(...jobs.map(({ data }) => data));
      },
    );
    await boss.send(QUEUE, { number: 1 });
    await until('it is done', () => done.length === 1);
    await until('the server agrees', async () => {
      const rows = await schema.query(`SELECT 1 FROM ${schema.name}.job WHERE state = 'completed'`);
      return rows.length === 1;
    });
    await boss.offWork(QUEUE);
    expect(done).toEqual([{ number: 1 }]);
  });
});
