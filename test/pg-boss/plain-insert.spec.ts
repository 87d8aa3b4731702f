import { BaseEvent, Event, OnEvent, QueueDriver, type StoredDelivery } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps } from '../support/app.js';
import { onDatabases, startQueue } from '../support/queue.js';
import { uuidv7 } from '../../lib/event/uuidv7.js';

@Event({ name: 'measured' })
class Measured extends BaseEvent<{ value: number; text: string }> {}

class Listener {
  @OnEvent(Measured)
  on(): void {}
}

/** All columns of a job but those that no two jobs have in common. */
const READ = `SELECT to_jsonb(job) - '{id,data,created_on,start_after,keep_until}'::text[] AS columns, data->'payload' AS payload,
  start_after - created_on AS delay, keep_until - start_after AS kept`;

interface Row {
  readonly columns: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

const client = (driver: QueueDriver) =>
  (driver.getEngine() as PgBossWorkerCreator).getClient<{
    query(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
  }>();

const delivery = (id: string, isNew: boolean): StoredDelivery => ({
  id,
  data: { event: 'measured', version: 1, eventId: id, payload: { value: 1, text: "it's" } },
  options: {},
  ...(isNew ? { isNew: true } : undefined),
});

afterEach(closeApps);

onDatabases('What is new and has no options', (store) => {
  const start = async (retries = 5) => {
    const { driver, events } = await startQueue(store, [Listener], { retries }, { workers: false });
    const queue = driver.getQueues()[0]!;
    const from = `FROM ${store.schema?.name ?? 'pgboss'}.job AS job WHERE name = '${queue}'`;
    const read = async (): Promise<Row[]> => (await client(driver).query(`${READ} ${from}`)).rows;
    const run = async (text: string) => (await client(driver).query(text)).rows;
    return { engine: driver.getEngine(), queue, read, run, events };
  };

  const storeUsual = async ({ engine, queue, read }: Awaited<ReturnType<typeof start>>): Promise<Row> => {
    await engine.store(queue, [delivery(uuidv7(), false), delivery(uuidv7(), false)]);
    const [usual, other] = await read();
    expect(other).toEqual(usual);
    return usual!;
  };

  const storeNew = async ({ engine, queue, read }: Awaited<ReturnType<typeof start>>): Promise<Row[]> => {
    await engine.store(queue, [delivery(uuidv7(), true)]);
    await engine.store(queue, [delivery(uuidv7(), true), delivery(uuidv7(), true)]);
    return (await read()).slice(2);
  };

  test('is stored as everything else is, and named no dead letter queue that it has no use for yet', async () => {
    const started = await start();
    const usual = await storeUsual(started);
    expect(usual.columns).toMatchObject({ retry_limit: 5, state: 'created', policy: 'standard' });
    expect(usual.columns['dead_letter']).toEqual(expect.any(String));
    const expected = { ...usual, columns: { ...usual.columns, dead_letter: null } };
    await expect(storeNew(started)).resolves.toEqual([expected, expected, expected]);
  });

  test('is stored as everything else is where nothing is tried again', async () => {
    const started = await start(0);
    const usual = await storeUsual(started);
    expect(usual.columns).toMatchObject({ retry_limit: 0, dead_letter: expect.any(String) as string });
    await expect(storeNew(started)).resolves.toEqual([usual, usual, usual]);
  });

  test('is stored once though it is taken for new a second time', async () => {
    const { engine, queue, read } = await start();
    const id = uuidv7();
    await engine.store(queue, [delivery(id, true)]);
    await engine.store(queue, [delivery(uuidv7(), true), delivery(id, true)]);
    expect(await read()).toHaveLength(2);
  });

  test('has pg-boss look for nothing that it does without', async () => {
    const { engine, queue, events } = await start();
    const statements: string[] = [];
    const { database } = (engine as unknown as { opened: { database: { withDeadline: Function } } }).opened;
    const withDeadline = database.withDeadline.bind(database) as (milliseconds: number) => object;
    database.withDeadline = (milliseconds: number) => {
      const db = withDeadline(milliseconds) as { executeSql(text: string, values: unknown[]): unknown };
      return {
        ...db,
        executeSql: (text: string, values: unknown[]) => {
          statements.push(text);
          return db.executeSql(text, values);
        },
      };
    };
    const event = new Measured({ value: 1, text: '' });
    await events.dispatch(event);
    await events.dispatch(event);
    const inserts = statements.filter((text) => text.includes('INSERT INTO'));
    expect(inserts.map((text) => text.includes('ON CONFLICT'))).toEqual([false, true]);
    expect(inserts[0]).toContain('AS job (id, data)');
    expect(inserts[0]).toContain(`'${queue}'`);
    const isAlone = store.schema === undefined;
    expect(inserts[0]!.includes('session_replication_role')).toBe(isAlone);
    expect(inserts[0]!.includes('pg_notify')).toBe(!isAlone);
  });

  test('is refused once its queue is gone, however that is noticed', async () => {
    const { engine, queue, read, run } = await start();
    await engine.store(queue, [delivery(uuidv7(), true)]);
    const schema = store.schema?.name ?? 'pgboss';
    await run(`DELETE FROM ${schema}.job WHERE name = '${queue}'`);
    await run(`DELETE FROM ${schema}.queue WHERE name = '${queue}'`);
    const stored = [delivery(uuidv7(), true), delivery(uuidv7(), true)];
    await expect(engine.store(queue, stored)).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
    await expect(read()).resolves.toEqual([]);
  });

  test('is seen by triggers, and leaves those of all else as they were', async () => {
    const { engine, queue, run } = await start();
    const schema = store.schema?.name ?? 'pgboss';
    await run(`CREATE TABLE ${schema}.seen (id uuid)`);
    await run(`CREATE FUNCTION ${schema}.see() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO ${schema}.seen VALUES (NEW.id); RETURN NEW; END $$`);
    await run(`CREATE TRIGGER see BEFORE INSERT ON ${schema}.job_common
      FOR EACH ROW EXECUTE FUNCTION ${schema}.see()`);
    await engine.store(queue, [delivery(uuidv7(), true), delivery(uuidv7(), true)]);
    await expect(run(`SELECT id FROM ${schema}.seen`)).resolves.toHaveLength(2);
    await expect(run('SHOW session_replication_role')).resolves.toEqual([
      { session_replication_role: 'origin' },
    ]);
  });
});
