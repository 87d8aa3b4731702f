import { Injectable } from '@nestjs/common';
import { Transactional, ClsPluginTransactional } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import knex from 'knex';
import { Kysely, PostgresDialect, sql as kyselySql } from 'kysely';
import { ClsModule } from 'nestjs-cls';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import {
  BaseEvent,
  type DeliveryTransaction,
  Event,
  EventConfig,
  EventService,
  FallbackDriver,
  MonitoredDriver,
  OnEvent,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  TimeoutDriver,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onDatabases, onPostgres, onRedis, type QueueApp, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

class Ordered extends BaseEvent<{ no: number }> {}

@Injectable()
class Listener {
  readonly heard: number[] = [];

  @OnEvent(Ordered)
  hear(event: Ordered): void {
    this.heard.push(event.getPayload().no);
  }
}

/** Runs work in a transaction of a library, and writes to the table with it. */
interface Library {
  run(work: (transaction: unknown, write: (no: number) => Promise<unknown>) => Promise<void>): Promise<void>;
  close(): Promise<unknown>;
}

const LIBRARIES: Readonly<Record<string, (table: string) => Promise<Library>>> = {
  pg: async (table) => {
    const pool = new Pool({ connectionString: DATABASE_URL });
    return {
      run: async (work) => {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          await work(client, (no) => client.query(`INSERT INTO ${table} VALUES ($1)`, [no]));
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK');
          throw error;
        } finally {
          client.release();
        }
      },
      close: () => pool.end(),
    };
  },
  Knex: async (table) => {
    const db = knex.default({ client: 'pg', connection: DATABASE_URL });
    return {
      run: (work) =>
        db.transaction((trx) => work(trx, (no) => trx.raw(`INSERT INTO ${table} VALUES (?)`, [no]))),
      close: () => db.destroy(),
    };
  },
  Kysely: async (table) => {
    const db = new Kysely<never>({
      dialect: new PostgresDialect({ pool: new Pool({ connectionString: DATABASE_URL }) }),
    });
    return {
      run: (work) =>
        db
          .transaction()
          .execute((trx) =>
            work(trx, (no) => kyselySql`INSERT INTO ${kyselySql.raw(table)} VALUES (${no})`.execute(trx)),
          ),
      close: () => db.destroy(),
    };
  },
  Drizzle: async (table) => {
    const pool = new Pool({ connectionString: DATABASE_URL });
    const db = drizzle(pool);
    return {
      run: (work) =>
        db.transaction((tx) =>
          work(tx, (no) => tx.execute(sql`INSERT INTO ${sql.raw(table)} VALUES (${no})`)),
        ),
      close: () => pool.end(),
    };
  },
  'TypeORM, EntityManager': async (table) => {
    const source = await new DataSource({ type: 'postgres', url: DATABASE_URL }).initialize();
    return {
      run: (work) =>
        source.transaction((manager) =>
          work(manager, (no) => manager.query(`INSERT INTO ${table} VALUES ($1)`, [no])),
        ),
      close: () => source.destroy(),
    };
  },
  'TypeORM, QueryRunner': async (table) => {
    const source = await new DataSource({ type: 'postgres', url: DATABASE_URL }).initialize();
    return {
      run: async (work) => {
        const runner = source.createQueryRunner();
        await runner.startTransaction();
        try {
          await work(runner, (no) => runner.query(`INSERT INTO ${table} VALUES ($1)`, [no]));
          await runner.commitTransaction();
        } catch (error) {
          await runner.rollbackTransaction();
          throw error;
        } finally {
          await runner.release();
        }
      },
      close: () => source.destroy(),
    };
  },
};

onPostgres('A dispatch in a transaction', (store) => {
  const table = (): string => `${store.schema.name}.orders`;
  let libraries: Library[] = [];

  beforeAll(() => store.schema.query(`CREATE TABLE ${table()} (no int)`));
  beforeEach(() => store.schema.query(`TRUNCATE ${table()}`));
  afterEach(async () => {
    await Promise.all(libraries.map((library) => library.close()));
    libraries = [];
  });

  const stored = async ({ name }: QueueApp): Promise<number> => {
    const rows = await store.schema.query(`SELECT 1 FROM ${store.schema.name}.job WHERE name = $1`, [name]);
    return rows.length;
  };

  test.each(Object.keys(LIBRARIES))(
    'of %s is delivered if that commits, and never otherwise',
    async (title) => {
      const queue = await startQueue(store, [Listener]);
      const library = await LIBRARIES[title]!(table());
      libraries.push(library);
      await library.run(async (transaction, write) => {
        await write(1);
        await queue.events.dispatch(new Ordered({ no: 1 }), { transaction });
        await queue.events.dispatchMany([new Ordered({ no: 2 }), new Ordered({ no: 3 })], { transaction });
        expect(await stored(queue)).toBe(0);
      });
      const failing = library.run(async (transaction, write) => {
        await write(2);
        await queue.events.dispatch(new Ordered({ no: 9 }), { transaction });
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      const { heard } = queue.app.get(Listener);
      await until('all that was committed is heard', () => heard.length === 3);
      expect(heard.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      expect(await stored(queue)).toBe(3);
      expect(await store.schema.query(`SELECT no FROM ${table()}`)).toEqual([{ no: 1 }]);
    },
  );

  test('is refused where there is none open', async () => {
    const { events } = await startQueue(store, [Listener]);
    const pool = new Pool({ connectionString: DATABASE_URL });
    libraries.push({ run: () => Promise.resolve(), close: () => pool.end() });
    await expect(events.dispatch(new Ordered({ no: 1 }), { transaction: pool })).rejects.toThrow(
      /transaction/i,
    );
    await expect(events.dispatch(new Ordered({ no: 1 }), { transaction: 'tx' })).rejects.toThrow(
      /transaction/i,
    );
  });

  test('by a driver that cannot take part is made after the commit, if asked for', async () => {
    const name = store.uniqueName();
    const drivers = {
      retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 2 }),
      watched: EventConfig.createConfigDriver(MonitoredDriver, { driver: name }),
    };
    const queue = await startQueue(store, [Listener], {}, { drivers }, name);
    const library = await LIBRARIES['pg']!(table());
    libraries.push(library);
    const { heard } = queue.app.get(Listener);
    const dispatch = (no: number, transaction: unknown) =>
      queue.events.dispatch(new Ordered({ no }), { driver: 'retry', transaction, afterCommit: true });
    await library.run(async (transaction) => {
      await dispatch(1, transaction);
      expect(heard).toEqual([]);
    });
    await expect(
      library.run(async (transaction) => {
        await dispatch(2, transaction);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await until('it is heard', () => heard.length === 1);
    expect(heard).toEqual([1]);
  });

  test('is not stored again where it is stored already, but may be by another queue', async () => {
    const other = store.uniqueName();
    const drivers = {
      fallback: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['first', 'sync'] }),
      retry: EventConfig.createConfigDriver(RetryDriver, { driver: 'first' }),
      [other]: EventConfig.createConfigDriver(QueueDriver, { workerCreator: store.creator }),
    };
    const queue = await startQueue(store, [Listener], {}, { drivers }, 'first');
    const library = await LIBRARIES['pg']!(table());
    libraries.push(library);
    await library.run(async (transaction) => {
      const dispatch = (driver: string, afterCommit: string): Promise<void> =>
        queue.events.dispatch(new Ordered({ no: 1 }), { driver, transaction, afterCommit });
      for (const driver of ['fallback', 'retry']) {
        await expect(dispatch(driver, 'first')).rejects.toThrow(
          new RegExp(
            `'first' store deliveries for driver '${driver}', which stores them in 'first' again.*name`,
          ),
        );
      }
      await dispatch('retry', other);
    });
    await until('it is heard', () => queue.app.get(Listener).heard.length === 1);
    expect(await queue.queues.listFailed()).toEqual([]);
  });

  test('need not be told of it where @nestjs-cls/transactional has it open', async () => {
    const source = await new DataSource({ type: 'postgres', url: DATABASE_URL }).initialize();
    libraries.push({ run: () => Promise.resolve(), close: () => source.destroy() });

    @Injectable()
    class Orders {
      constructor(private readonly events: EventService) {}

      @Transactional()
      async place(no: number, fail: boolean): Promise<void> {
        await this.events.dispatch(new Ordered({ no }));
        if (fail) throw new Error('no');
      }
    }
    const name = store.uniqueName();
    const app = await startApp(
      syncConfig({
        defaultDriver: name,
        drivers: { [name]: EventConfig.createConfigDriver(QueueDriver, { workerCreator: store.creator }) },
      }),
      [Listener, Orders],
      {
        imports: [
          ClsModule.forRoot({
            plugins: [
              new ClsPluginTransactional({
                adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
                imports: [
                  {
                    module: class Source {},
                    providers: [{ provide: DataSource, useValue: source }],
                    exports: [DataSource],
                  },
                ],
              }),
            ],
          }),
        ],
      },
    );
    const { heard } = app.get(Listener);
    await expect(app.get(Orders).place(1, true)).rejects.toThrow('no');
    await app.get(Orders).place(2, false);
    await until('it is heard', () => heard.length === 1);
    expect(heard).toEqual([2]);
  });
});

onPostgres('Transactional listeners', (store) => {
  test('leave connections to all else, however many there are, and wait for their turn', async () => {
    class Slow extends BaseEvent<{ no: number }> {}

    @Injectable()
    class Writer {
      readonly gate = Promise.withResolvers<void>();
      running = 0;

      @OnEvent(Slow, { transactional: true, retries: 0 })
      async write(_event: Slow, signal: AbortSignal | undefined): Promise<void> {
        this.running++;
        await Promise.race([this.gate.promise, new Promise((end) => signal?.addEventListener('abort', end))]);
        this.running--;
      }
    }
    const creator = PgBossWorkerCreator.forRoot({
      connection: DATABASE_URL,
      schema: store.schema.name,
      poolSize: 4,
    });
    const options = { concurrency: 8 };
    const start = (name: string) =>
      startQueue({ ...store, creator }, [Writer, Listener], options, { shutdownTimeoutMs: 50 }, name);
    const name = store.uniqueName();
    const first = await start(name);
    await first.events.dispatchMany(Array.from({ length: 6 }, (_, no) => new Slow({ no })));
    await until('some run', () => first.app.get(Writer).running === 2);
    await Promise.all([1, 2].map((no) => first.events.dispatch(new Ordered({ no }))));
    const { heard } = first.app.get(Listener);
    await until('others are heard meanwhile', () => heard.length === 2);
    expect(first.app.get(Writer).running).toBe(2);
    expect(await first.queues.count()).toContainEqual(expect.objectContaining({ event: 'Slow', active: 6 }));

    await first.app.close();
    const second = await start(name);
    second.app.get(Writer).gate.resolve();
    await until('all are done', async () => {
      const counts = await second.queues.count();
      return counts.some(({ event, completed }) => event === 'Slow' && completed === 6);
    });
    expect(await second.queues.listFailed()).toEqual([]);
  });
});

onDatabases('A transactional listener', (store) => {
  test('writes together with the completion of its delivery, or not at all, and so do the events it dispatches', async () => {
    const table = store.schema === undefined ? 'effects' : `${store.schema.name}.effects`;
    const heard: number[] = [];

    @Event({ name: 'effect' })
    class Effect extends BaseEvent<{ no: number }> {}
    class Caused extends BaseEvent<{ no: number }> {}

    @Injectable()
    class Writer {
      failures = 2;
      constructor(private readonly events: EventService) {}

      @OnEvent(Effect, { transactional: true })
      async write(
        event: Effect,
        _signal: AbortSignal | undefined,
        transaction: DeliveryTransaction,
      ): Promise<void> {
        const { no } = event.getPayload();
        await transaction.query(`INSERT INTO ${table} VALUES ($1)`, [no]);
        await this.events.dispatch(new Caused({ no }));
        if (this.failures-- > 0) throw new Error('after the effect');
      }

      @OnEvent(Caused)
      hear(event: Caused): void {
        heard.push(event.getPayload().no);
      }
    }
    const { events, driver, queues } = await startQueue(store, [Writer], { retries: 3 });
    const read = async (): Promise<unknown[]> =>
      (
        await (driver.getEngine() as PgBossWorkerCreator)
          .getClient<{ query(text: string): Promise<{ rows: unknown[] }> }>()
          .query(`SELECT no FROM ${table}`)
      ).rows;
    await (driver.getEngine() as PgBossWorkerCreator)
      .getClient<{ query(text: string): Promise<unknown> }>()
      .query(`CREATE TABLE ${table} (no int)`);
    await events.dispatch(new Effect({ no: 1 }));
    await until('what it caused is heard', () => heard.length === 1);
    expect(heard).toEqual([1]);
    expect(await read()).toEqual([{ no: 1 }]);
    expect(await queues.listFailed()).toEqual([]);
    await until('both are recorded', async () => {
      const counts = await queues.count();
      return counts.every(({ completed }) => completed === 1);
    });
  });

  test('has the effects of the run that succeeds, and of no other, where a driver runs it several times', async () => {
    const table = store.schema === undefined ? 'runs' : `${store.schema.name}.runs`;
    @Event({ name: 'run' })
    class Run extends BaseEvent<{ acts: string[] }> {}
    class Caused extends BaseEvent<string> {}

    const heard: string[] = [];
    let runs = 0;
    const zombies: Promise<unknown>[] = [];
    @Injectable()
    class Writer {
      constructor(private readonly events: EventService) {}

      @OnEvent(Run, { transactional: true })
      async write(
        event: Run,
        signal: AbortSignal | undefined,
        transaction: DeliveryTransaction,
      ): Promise<void> {
        const run = runs++;
        const act = event.getPayload().acts[run]!;
        const insert = `INSERT INTO ${table} VALUES ($1)`;
        await transaction.query(insert, [`${run} ${act}`]);
        await this.events.dispatch(new Caused(`${run} ${act}`));
        if (act === 'throws') throw new Error(act);
        if (act === 'breaks') await transaction.query('SELECT * FROM nothing_of_this_name');
        if (act === 'never ends') await new Promise(() => {});
        if (act === 'hangs') {
          await new Promise((resolve) => signal!.addEventListener('abort', resolve));
          // Without the next run in between it would be too late, too.
          zombies.push(
            until('another has begun', () => runs > run + 1).then(() => transaction.query(insert, ['late'])),
          );
          await Promise.allSettled(zombies);
        }
      }

      @OnEvent(Caused)
      hear(event: Caused): void {
        heard.push(event.getPayload());
      }
    }
    const name = store.uniqueName();
    const { events, driver, queues } = await startQueue(
      store,
      [Writer],
      { retries: 0, driver: 'retry' },
      {
        drivers: {
          retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 0, maxRetries: 4, driver: 'limit' }),
          limit: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 100 }),
          kept: EventConfig.createConfigDriver(ResilientDriver, {
            driver: 'limit',
            retry: { maxRetries: 1 },
          }),
          [name]: EventConfig.createConfigDriver(QueueDriver, {
            workerCreator: store.creator,
            driver: 'kept',
          }),
        },
      },
    );
    const client = (driver.getEngine() as PgBossWorkerCreator).getClient<{
      query(text: string): Promise<{ rows: { what: string }[] }>;
    }>();
    await client.query(`CREATE TABLE ${table} (what text)`);
    await events.dispatch(new Run({ acts: ['throws', 'breaks', 'hangs', 'succeeds'] }));
    await until('the last is heard', () => heard.length > 0);
    const outcomes = await Promise.allSettled(zombies);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected']);
    expect((await client.query(`SELECT what FROM ${table}`)).rows).toEqual([{ what: '3 succeeds' }]);
    expect(heard).toEqual(['3 succeeds']);
    expect(await queues.listFailed()).toEqual([]);

    runs = 0;
    await events.dispatch(new Run({ acts: ['never ends'] }), name);
    await until('it is kept', async () => (await queues.listFailed({ driver: 'kept' })).length === 1);
    await until('it is recorded as done', async () =>
      (await queues.count()).every(({ active }) => active === 0),
    );
    expect((await client.query(`SELECT what FROM ${table}`)).rows).toEqual([{ what: '3 succeeds' }]);
  });
});

onRedis('What needs a transaction', (store) => {
  test('is refused with the way out: a listener at start-up, a dispatch when it is made', async () => {
    @Injectable()
    class Writer {
      @OnEvent(Ordered, { transactional: true })
      write(): void {}
    }
    await expect(startQueue(store, [Writer])).rejects.toThrow(
      /listener Writer\.write .*asks for 'transactional', which its driver 'q1' cannot honour; name one that can, such as a QueueDriver on PostgreSQL/,
    );
    const { events, name, queues } = await startQueue(store, [Listener]);
    const dispatching = events.dispatch(new Ordered({ no: 1 }), { transaction: {} });
    await expect(dispatching).rejects.toThrow(UnsupportedOptionError);
    await expect(dispatching).rejects.toThrow(
      `by a QueueDriver on PostgreSQL (with the option driver: '${name}' it relays what is committed to this one)`,
    );
    expect(await queues.count()).toEqual([]);
  });
});
