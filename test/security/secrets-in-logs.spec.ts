import { inspect } from 'node:util';
import { EventQueues, EventService } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { runCli } from '../cli/support/run-cli.js';
import { closeApps, startApp } from '../support/app.js';
import { settle } from '../support/drivers.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';
import { describeRedis, REDIS_URL, usePrefix } from '../support/redis.js';
import { until } from '../support/until.js';
import { Bank, CANARY, CardCharged, type Fate, toLeakyConfig } from './support/leaky-app.js';
import { captureAllLogs, type LoggedCall } from './support/log-capture.js';

afterEach(closeApps);

const FATES: readonly Fate[] = ['succeed', 'fail', 'hang', 'postpone'];
const IN_PROCESS = ['retry', 'background', 'timeout', 'resilient', 'fallback', 'debugged'];

function hits(of: unknown): string[] {
  return inspect(of, { depth: 20, showHidden: false, maxStringLength: Infinity, maxArrayLength: Infinity })
    .split('\n')
    .filter((line) => line.includes(CANARY));
}

/** Whatever goes wrong on the way to a store. @returns what was thrown */
async function refuse(events: EventService, name: string): Promise<unknown[]> {
  const card = CANARY;
  const attempts: (() => Promise<void>)[] = [
    () => events.dispatch(new CardCharged({ fate: 'fail', card: card.repeat(20) })),
    () => events.dispatch(new CardCharged({ fate: 5 as never, card, pin: card })),
    () => events.dispatch(new CardCharged({ fate: 'fail', card, pin: new Error(card) })),
    () => events.dispatch(new CardCharged({ fate: 'fail', card, pin: `${card}\0` })),
    () => events.dispatch(new CardCharged({ fate: 'fail', card, pin: card.repeat(100_000) })),
    () => events.dispatch({ fate: 'fail', card } as never),
    () => events.dispatch(Object.assign(new CardCharged({ fate: 'fail', card }), { getName: () => '' })),
    () => events.dispatch(new Proxy(new CardCharged({ fate: 'fail', card }), {})),
    () => events.dispatch(new CardCharged({ fate: 'fail', card }), { driver: name, delya: 1 } as never),
    () => events.dispatch(new CardCharged({ fate: 'fail', card }), 'nowhere'),
  ];
  const thrown: unknown[] = [];
  for (const attempt of attempts) await attempt().catch((error: unknown) => thrown.push(error));
  expect(thrown).toHaveLength(attempts.length);
  return thrown;
}

/** Everything that may become of a delivery. @returns what was thrown */
async function live(events: EventService, queues: EventQueues, name: string): Promise<unknown[]> {
  const thrown: unknown[] = await refuse(events, name);
  for (const fate of FATES) {
    for (const driver of [name, 'debug', ...IN_PROCESS]) {
      const event = new CardCharged({ fate, card: CANARY, pin: CANARY });
      await events.dispatch(event, driver).catch((error: unknown) => thrown.push(error));
    }
  }
  await settle();
  await until('all has ended', async () => (await queues.listFailed({ driver: name })).length === 4);
  await until('all is done', async () =>
    (await queues.count()).every(({ ready, delayed, active }) => ready + delayed + active === 0),
  );
  return thrown;
}

function declareTests(
  engine: () => PgBossWorkerCreator | BullMqWorkerCreator,
  options: readonly string[],
): void {
  it('is seen nowhere but by listeners, at no level', async () => {
    const name = 'bank';
    const app = await startApp(toLeakyConfig(engine(), name), [Bank]);
    const logs: LoggedCall[] = captureAllLogs();
    const thrown = await live(app.get(EventService), app.get(EventQueues), name);
    const { heard } = app.get(Bank);
    await closeApps();

    expect(heard.filter((line) => line.includes(CANARY)).length).toBeGreaterThan(FATES.length * 8);
    expect(new Set(logs.map(({ level }) => level))).toEqual(new Set(['debug', 'error', 'warn']));
    expect(hits(logs)).toEqual([]);
    expect(thrown.flatMap(hits)).toEqual([]);

    const outputs = [];
    for (const command of ['status', 'failed', 'failed --json', 'failed --debug']) {
      outputs.push(await runCli([...command.split(' '), ...options]));
    }
    expect(outputs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(hits(outputs)).toEqual([]);
    // Only where it is asked for.
    expect(hits(await runCli(['failed', '--payload', ...options])).length).toBeGreaterThan(0);
  });
}

describePostgres('What is in a payload or carried along with it, on PostgreSQL', () => {
  const { name: schema } = useSchema();
  const options = ['--connection', DATABASE_URL, '--schema', schema];
  declareTests(() => new PgBossWorkerCreator({ connection: DATABASE_URL, schema }), options);
});

describeRedis('What is in a payload or carried along with it, on Redis', () => {
  const { prefix } = usePrefix();
  const options = ['--connection', REDIS_URL, '--prefix', prefix];
  declareTests(() => new BullMqWorkerCreator({ connection: REDIS_URL, prefix }), options);
});
