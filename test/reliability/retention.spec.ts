import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { until } from '../support/until.js';
import { postgresStore } from '../support/stores.js';

const COLUMNS = ['created_on', 'keep_until', 'completed_on', 'started_on'];

describePostgres('What nobody has decided about', () => {
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
