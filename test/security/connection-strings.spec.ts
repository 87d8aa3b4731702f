import { inspect } from 'node:util';
import { EventConfig, EventService, QueueDriver, type WorkerCreator } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureAllLogs } from './support/log-capture.js';

afterEach(closeApps);

const SECRET = 'hunter2-canary';

/** Where a password may be, as a server that nobody is at the address of. */
const CONNECTIONS: readonly (readonly [what: string, create: () => WorkerCreator])[] = [
  [
    'an address of PostgreSQL',
    () => new PgBossWorkerCreator({ connection: `postgres://me:${SECRET}@127.0.0.1:1/shop` }),
  ],
  [
    'one with the password among its options',
    () => new PgBossWorkerCreator({ connection: `postgres://127.0.0.1:1/shop?user=me&password=${SECRET}` }),
  ],
  [
    'options of a pool',
    () =>
      new PgBossWorkerCreator({ connection: { host: '127.0.0.1', port: 1, user: 'me', password: SECRET } }),
  ],
  [
    'an address of Redis',
    () => new BullMqWorkerCreator({ connection: `redis://me:${SECRET}@127.0.0.1:1/0` }),
  ],
  [
    'options of ioredis',
    () => new BullMqWorkerCreator({ connection: { host: '127.0.0.1', port: 1, password: SECRET } }),
  ],
  [
    'a cluster',
    () =>
      new BullMqWorkerCreator({
        connection: {
          nodes: [{ host: '127.0.0.1', port: 1 }],
          options: { redisOptions: { password: SECRET } },
        },
      }),
  ],
];

/** All that a debugger or a logger may make of it. */
function show(value: unknown): string {
  const whole = { depth: 30, maxArrayLength: Infinity, maxStringLength: Infinity } as const;
  return [inspect(value), inspect(value, whole), String(value), toJson(value)].join('\n');
}

function toJson(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null) return inner;
    if (seen.has(inner)) return undefined;
    seen.add(inner);
    if (!(inner instanceof Error)) return inner;
    const { message, stack } = inner;
    return Object.assign({ message, stack }, inner);
  });
}

describe('The password of a store', () => {
  it.each(CONNECTIONS)('is seen in nothing that an application may print: %s', async (_, create) => {
    const engine = create();
    const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: engine });
    const config = syncConfig({ drivers: { queue } });
    const logs = captureAllLogs();
    const failure = await startApp(config).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(show(failure)).toContain('127.0.0.1');

    const driver = new QueueDriver();
    driver.setOptions(queue.options!);
    const printed = { engine, queue, config, failure, driver, logs, options: driver.getOptions() };
    for (const [what, value] of Object.entries(printed)) {
      expect([what, show(value).includes(SECRET)]).toEqual([what, false]);
    }
    await engine.close();
  });

  it('is seen in nothing of an application that runs', async () => {
    const engine = new PgBossWorkerCreator({ connection: `postgres://me:${SECRET}@127.0.0.1:1/shop` });
    process.env['EVENT_DRIVERS_STORES'] = 'none';
    try {
      const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: engine });
      const app = await startApp(syncConfig({ drivers: { queue } }));
      const events = app.get(EventService);
      const driver = events.getDriver<QueueDriver>('queue');
      for (const value of [
        driver,
        driver.getEngine(),
        events.getConfig(),
        events.getDriverOptions(driver),
        events,
      ]) {
        expect(show(value)).not.toContain(SECRET);
      }
    } finally {
      delete process.env['EVENT_DRIVERS_STORES'];
    }
  });

  it('is not printed, but what is printed says which store it is', () => {
    const engine = new PgBossWorkerCreator({ connection: `postgres://me:${SECRET}@127.0.0.1:1/shop` });
    const shown = 'PgBossWorkerCreator (postgres://me@127.0.0.1:1/shop#pgboss)';
    expect(inspect({ engine })).toBe(`{ engine: ${shown} }`);
    expect(JSON.stringify({ engine })).toBe(`{"engine":"${shown}"}`);
  });
});
