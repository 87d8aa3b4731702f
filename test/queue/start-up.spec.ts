import { Injectable } from '@nestjs/common';
import {
  AsyncDriver,
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  FallbackDriver,
  InvalidEventConfigError,
  InvalidOptionsError,
  MonitoredDriver,
  OnEvent,
  QueueDriver,
  StoreUnavailableError,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { Pool } from 'pg';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { EventsModule, EventService } from 'nestjs-event-drivers';
import { migrateStore } from '../../lib/pg-boss/migrate-store.js';
import { closeApps, start, startApp, syncConfig } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onPostgres, onServers, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

@Event({ queue: 'reports' })
class Report extends BaseEvent<{ no: number }> {}

@Injectable()
class Listener {
  readonly heard: number[] = [];

  @OnEvent(Report)
  hear(event: Report): void {
    this.heard.push(event.getPayload().no);
  }
}

function queue(options: object): ReturnType<typeof EventConfig.createConfigDriver> {
  return EventConfig.createConfigDriver(QueueDriver, options as never);
}

describe('The configuration of a queue', () => {
  test('is checked as a whole, each mistake named with the remedy', async () => {
    const config = syncConfig({
      workers: [1] as never,
      drivers: {
        none: queue({}),
        wrong: queue({ workerCreator: PgBossWorkerCreator, retries: -1, heartbeat: '1s', rertries: 3 }),
        once: queue({ workerCreator: PgBossWorkerCreator, runOnce: true, retries: 3 }),
        queues: queue({ workerCreator: PgBossWorkerCreator, queues: ['a/b'] }),
        odd: queue({ workerCreator: class {} }),
      },
    });
    const failure = await startApp(config).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidEventConfigError);
    expect((failure as InvalidEventConfigError).problems).toEqual([
      expect.stringContaining(
        "driver 'none' (QueueDriver): workerCreator is missing; it must be the class of an engine",
      ),
      expect.stringContaining(
        "driver 'wrong' (QueueDriver): retries must be a whole number from 0 to 1000000, not -1",
      ),
      expect.stringContaining(
        "driver 'wrong' (QueueDriver): heartbeat must be a number of milliseconds from 10000",
      ),
      expect.stringContaining("driver 'wrong' (QueueDriver): 'rertries' is no option"),
      expect.stringContaining("driver 'once' (QueueDriver): runOnce and retries: 3 exclude one another"),
      expect.stringContaining("driver 'queues' (QueueDriver): 'a/b' cannot name a queue"),
      expect.stringContaining("driver 'odd' (QueueDriver): workerCreator must be the class of an engine"),
      expect.stringContaining('workers must be true, false or a list of names of queues'),
    ]);
    expect(() => new PgBossWorkerCreator({ connection: 7 as never, shcema: 'x' } as never)).toThrow(
      InvalidOptionsError,
    );
  });

  test('has no deliveries made in the background, which would be taken for done', async () => {
    const workerCreator = PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } });
    const config = syncConfig({
      drivers: {
        queue: queue({ workerCreator, driver: 'watched' }),
        direct: queue({ workerCreator, driver: 'background' }),
        relay: queue({ workerCreator, driver: 'other' }),
        other: queue({ workerCreator, driver: 'bounded' }),
        watched: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'fallback' }),
        fallback: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['sync', 'background'] }),
        background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
        bounded: EventConfig.createConfigDriver(AsyncDriver, { maxConcurrency: 2 }),
      },
    });
    const failure = await startApp(config).catch((error: unknown) => error);
    expect((failure as InvalidEventConfigError).problems).toEqual([
      expect.stringMatching(
        /^driver 'queue' has its deliveries made by driver 'background'.*in the background.*Leave out/,
      ),
      expect.stringMatching(/^driver 'direct' has its deliveries made by driver 'background'/),
    ]);
  });

  test('names no driver that could not name a queue', async () => {
    const memory = PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } });
    const config = syncConfig({ drivers: { 'my queue': queue({ workerCreator: memory }) } });
    await expect(startApp(config)).rejects.toThrow(/'my queue' cannot name a queue/);
  });
});

onServers('A store', (store) => {
  test('has its queues kept in step with their options by the processes that work them', async () => {
    const name = store.uniqueName();
    await startQueue(store, [Listener], { retries: 1 }, {}, name);
    const deadLetterQueue = `${name}/dead`;
    expect(await store.readSettings(`${name}.reports`)).toEqual({ retries: 1, deadLetterQueue });
    await startQueue(store, [Listener], { retries: 7 }, { workers: false }, name);
    expect(await store.readSettings(`${name}.reports`)).toEqual({ retries: 1, deadLetterQueue });
    await startQueue(store, [Listener], { retries: 7 }, {}, name);
    expect(await store.readSettings(`${name}.reports`)).toEqual({ retries: 7, deadLetterQueue });
  });

  test('is shared by the drivers that name it, each with queues of its own', async () => {
    const [a, b] = [store.uniqueName(), store.uniqueName()];
    const app = await startApp(
      syncConfig({
        defaultDriver: a,
        drivers: {
          [a]: queue({ workerCreator: store.creator }),
          [b]: queue({ workerCreator: store.creator, retries: 9 }),
        },
      }),
      [Listener],
    );
    const events = app.get(EventService);
    expect(events.getDriver<QueueDriver>(a).getEngine()).toBe(events.getDriver<QueueDriver>(b).getEngine());
    await events.dispatch(new Report({ no: 1 }), a);
    await events.dispatch(new Report({ no: 2 }), b);
    const { heard } = app.get(Listener);
    await until('both are heard', () => heard.length === 2);
    expect(await store.readSettings(`${b}.reports`)).toMatchObject({ retries: 9 });
  });

  test('is looked after by a process that works the queues of one of its drivers only', async () => {
    const [a, b] = [store.uniqueName(), store.uniqueName()];
    const drivers = {
      [a]: queue({ workerCreator: store.creator }),
      [b]: queue({ workerCreator: store.creator, pollIntervalMs: 100 }),
    };
    const config = { defaultDriver: b, drivers };
    const working = await startApp(syncConfig({ ...config, workers: [b] }), [Listener]);
    const other = await startApp(syncConfig({ ...config, workers: false }), [Listener]);
    await other.get(EventQueues).pause(`${b}.reports`);
    // A process that works looks every second for what is paused.
    await new Promise((resolve) => setTimeout(resolve, 1300));
    await other.get(EventService).dispatch(new Report({ no: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(working.get(Listener).heard).toEqual([]);
    await other.get(EventQueues).resume(`${b}.reports`);
    await until('it is heard', () => working.get(Listener).heard.length === 1);
  });
});

onPostgres('A store', (store) => {
  test('has the heartbeat of its queues kept in step, too', async () => {
    const name = store.uniqueName();
    for (const seconds of [30, 10]) {
      await startQueue(store, [Listener], { heartbeat: `${seconds}s` }, {}, name);
      const rows = await store.schema.query(
        `SELECT heartbeat_seconds, policy FROM ${store.schema.name}.queue WHERE name = $1`,
        [`${name}.reports`],
      );
      expect(rows).toEqual([{ heartbeat_seconds: seconds, policy: 'standard' }]);
    }
  });

  test('can be opened without queues, by a process that works and by one that only looks', async () => {
    const open = async (schema: string, isWorker: boolean): Promise<readonly object[]> => {
      const engine = new PgBossWorkerCreator({ connection: DATABASE_URL, schema });
      try {
        await engine.open({ queues: [], isWorker, strict: false, onError: () => {}, onWarning: () => {} });
        return await store.schema.query(
          `SELECT name FROM ${schema}.queue WHERE name = 'event-drivers/paused'`,
        );
      } finally {
        await engine.close();
        await store.schema.query(`DROP SCHEMA ${schema} CASCADE`);
      }
    };
    expect(await open(`${store.schema.name}_worked`, true)).toHaveLength(1);
    expect(await open(`${store.schema.name}_seen`, false)).toEqual([]);
  });

  test('is warned of over a pool that leaves nothing beside a transaction, and not opened if strict', async () => {
    const pool = new Pool({ connectionString: DATABASE_URL, max: 1 });
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    const open = async (strict: boolean): Promise<void> => {
      const engine = new PgBossWorkerCreator({ connection: pool, schema: store.schema.name });
      try {
        await engine.open({ queues: [], isWorker: false, strict, onError: () => {}, onWarning });
      } finally {
        await engine.close();
      }
    };
    await open(false);
    expect(warnings).toContainEqual(
      expect.stringMatching(/The pool has one connection.*Give the pool a `max`/),
    );
    await expect(open(true)).rejects.toThrow(/The pool has one connection.*strict: true/);
    await pool.end();
  });

  test('is named by the environment, through ConfigService', async () => {
    const name = store.uniqueName();
    const app = await start({
      imports: [
        EventsModule.forRootAsync({
          imports: [
            ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ EVENTS_URL: DATABASE_URL })] }),
          ],
          inject: [ConfigService],
          useFactory: (config: ConfigService) =>
            syncConfig({
              defaultDriver: name,
              drivers: {
                [name]: queue({
                  workerCreator: PgBossWorkerCreator.forRoot({
                    connection: config.get<string>('EVENTS_URL'),
                    schema: store.schema.name,
                  }),
                }),
              },
            }),
        }),
      ],
      providers: [Listener],
    });
    await app.get(EventService).dispatch(new Report({ no: 5 }));
    const { heard } = app.get(Listener);
    await until('it is heard', () => heard.length === 1);
  });

  test('that is not up to date is an error that says what to run, where migrating is left to others', async () => {
    const schema = `${store.schema.name}_none`;
    const creator = PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema, migrate: false });
    const failure = await startQueue({ ...store, creator }, [Listener]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect(String(failure)).toMatch(
      new RegExp(`npx event-drivers migrate --connection <url> --schema ${schema}`),
    );
    expect(await store.schema.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])).toEqual([]);
  });

  test.each([true, false])(
    'of a newer pg-boss is refused and left as it is, migrate: %s',
    async (migrate) => {
      const schema = `${store.schema.name}_newer`;
      const options = { connection: DATABASE_URL, schema };
      await migrateStore(options);
      await store.schema.query(`UPDATE ${schema}.version SET version = 999`);
      const creator = PgBossWorkerCreator.forRoot({ ...options, migrate });
      const failure = await startQueue({ ...store, creator }, [Listener]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreUnavailableError);
      expect(String(failure)).toMatch(
        new RegExp(`'${schema}' are of version 999, and the pg-boss that is installed knows \\d+: update it`),
      );
      expect(String(failure)).not.toContain('migrate');
      expect(await store.schema.query(`SELECT version FROM ${schema}.version`)).toEqual([{ version: 999 }]);
      expect(await store.schema.query(`SELECT name FROM ${schema}.queue`)).toEqual([]);
      await store.schema.query(`DROP SCHEMA ${schema} CASCADE`);
    },
  );

  test('that cannot be reached keeps the application from starting, and says which it is, without the password', async () => {
    const creator = PgBossWorkerCreator.forRoot({ connection: 'postgres://me:s3cret@127.0.0.1:1/none' });
    const failure = await startQueue({ ...store, creator }, [Listener]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect(String(failure)).toMatch(/postgres:\/\/me@127\.0\.0\.1:1\/none.*ECONNREFUSED/);
    expect(String(failure)).not.toMatch(/s3cret/);
  });
});
