import { setTimeout as delay } from 'node:timers/promises';
import {
  EventConfig,
  type EventsModuleOptions,
  InvalidEventConfigError,
  InvalidListenerError,
  InvalidOptionsError,
  StoreUnavailableError,
  SyncDriver,
} from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp } from '../../support/app.js';
import { DATABASE_URL, type TestSchema, useSchema } from '../../support/postgres.js';
import { REDIS_URL, type TestPrefix, usePrefix } from '../../support/redis.js';
import { queueOn } from './every-driver.js';
import { type Start, WRONG_OPTIONS, WRONG_PARTS } from './configurations.js';

const ERRORS = [InvalidEventConfigError, InvalidListenerError, InvalidOptionsError, StoreUnavailableError];

/** What is as it should be, and connects to servers once all the rest is. */
function toConfig(
  { config, drivers }: Start,
  schema: TestSchema,
  { prefix }: TestPrefix,
): EventsModuleOptions {
  return {
    defaultDriver: 'sync',
    ...config,
    drivers: {
      sync: EventConfig.createConfigDriver(SyncDriver),
      queueOnPostgres: queueOn(
        PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: schema.name }),
      ),
      queueOnRedis: queueOn(BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix })),
      ...(drivers as EventsModuleOptions['drivers']),
    },
  };
}

/** How many there are of each kind of timer, socket and the like. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** What there is more of than before, once what is being closed is closed. */
async function findLeft(before: ReadonlyMap<string, number>): Promise<string[]> {
  for (let round = 0; ; round++) {
    const left = [...countResources()].filter(([type, count]) => count > (before.get(type) ?? 0));
    if (left.length === 0 || round === 40) return left.map(([type, count]) => `${count} of ${type}`);
    await delay(25);
  }
}

export function testConfigurations(): void {
  const schema = useSchema();
  const keys = usePrefix();
  // Whoever opens the first connection leaves something behind that is opened once.
  beforeAll(() => schema.query('SELECT 1'));
  afterEach(closeApps);

  it.each([...WRONG_PARTS, ...WRONG_OPTIONS])(
    'keeps it from starting, and leaves nothing open: %s',
    async (_, make, message) => {
      const before = countResources();
      const start = async (): Promise<void> => {
        const parts = make();
        await startApp(toConfig(parts, schema, keys), parts.providers, { imports: parts.imports ?? [] });
      };
      const failure = await start().catch((error: unknown) => error);
      expect(ERRORS.filter((type) => failure instanceof type)).toHaveLength(1);
      expect((failure as Error).message).toMatch(message);
      expect(await findLeft(before)).toEqual([]);
    },
  );
}
