import {
  BaseEvent,
  type DispatchOptions,
  Event,
  EventConfig,
  InvalidEventConfigError,
  InvalidOptionsError,
  QueueDriver,
  type QueueDriverOptions,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { onEachStore, startQueue } from '../support/queue.js';

afterEach(closeApps);

class Sent extends BaseEvent<number> {}

const MOST_INTEGER = 2_147_483_647;

const TOO_LARGE: readonly (readonly [option: string, value: unknown, message: string])[] = [
  ['expireIn', '1d', "at most '1439m', not '1d'"],
  ['priority', 2 ** 31, 'from -2147483647 to 2147483647, not 2147483648'],
  ['retries', 1_000_001, 'from 0 to 1000000, not 1000001'],
  ['delay', '36501d', "at most '36500d', not '36501d'"],
  ['at', new Date(8.64e15), 'a valid Date of the years 1 to 9999, not +275760-09-13'],
  ['at', new Date(-8.64e15), 'a valid Date of the years 1 to 9999, not -271821-04-20'],
  ['at', new Date(NaN), 'a valid Date of the years 1 to 9999, not Invalid Date'],
];

onEachStore('What is as large as it may be', (store) => {
  test('is stored, and what is larger is refused', async () => {
    const driver: Partial<QueueDriverOptions> = {
      retries: 1_000_000,
      priority: -MOST_INTEGER,
      timeout: '1439m',
      heartbeat: '1d',
      keepCompleted: '24855d',
      runAfterSeconds: 36_500 * 86_400,
    };
    const { events, queues, name } = await startQueue(store, [], driver, { events: [Sent] });
    const options: readonly DispatchOptions[] = [
      {},
      { delay: '36500d', priority: MOST_INTEGER, retries: 1_000_000, expireIn: '1439m' },
      { at: new Date('0001-01-02T00:00:00Z'), driver: name },
      { at: new Date('9999-12-31T00:00:00Z'), driver: name },
    ];
    for (const [index, one] of options.entries()) await events.dispatch(new Sent(index), one);
    const [count] = await queues.count();
    expect(count!.ready + count!.active + count!.completed + count!.failed).toBe(1);
    expect(count!.delayed).toBe(3);

    // What is larger is refused, by its name and with the limit.
    for (const [option, value, message] of TOO_LARGE) {
      const dispatching = events.dispatch(new Sent(1), { [option]: value });
      await expect(dispatching).rejects.toThrow(InvalidOptionsError);
      await expect(dispatching).rejects.toThrow(`${option} must be `);
      await expect(dispatching).rejects.toThrow(message);
    }
  });
});

test.each<[option: string, value: unknown, message: string]>([
  ['timeout', '3d', "at most '1439m', not '3d'"],
  ['heartbeat', '2d', "at most '1d', not '2d'"],
  ['keepCompleted', '24856d', "at most '24855d'"],
  ['priority', 2 ** 40, 'to 2147483647'],
  ['retries', 2 ** 40, 'to 1000000'],
  ['rateLimit', 5, 'an object, not 5'],
  ['runAfterSeconds', 1e12, 'a number of seconds from 0 to 3153600000'],
])('No queue starts with %s: %p', async (option, value, message) => {
  const queue = EventConfig.createConfigDriver(QueueDriver, {
    workerCreator: PgBossWorkerCreator,
    [option]: value,
  });
  const starting = startApp(syncConfig({ drivers: { queue } }));
  await expect(starting).rejects.toThrow(InvalidEventConfigError);
  await expect(starting).rejects.toThrow(`${option} must be `);
  await expect(starting).rejects.toThrow(message);
});

test('An event or a listener that asks for more than a day is refused where it is defined', () => {
  expect(() => {
    @Event({ expireIn: '2d' })
    class Slow extends BaseEvent {}
    return Slow;
  }).toThrow(/expireIn must be .*at most '1439m', not '2d'/);
});

test.each<[rateLimit: object, message: string]>([
  [{ max: 0, per: '1m' }, 'rateLimit.max must be a whole number from 1, not 0'],
  [{ max: 5, per: 0.5 }, "rateLimit.per must be a number of milliseconds from 1 or a time such as '30s'"],
  [{ max: 5, per: '31d' }, "at most '30d', not '31d'"],
  [{ max: 5 }, 'rateLimit.per is missing; it must be a number of milliseconds from 1'],
  [{ per: '1m' }, 'rateLimit.max is missing; it must be a whole number from 1'],
  [{ max: 5, per: '1m', bounce: true }, "'rateLimit.bounce' is no option; there are max, per"],
])('No queue starts with the rate limit %p', async (rateLimit, message) => {
  const queue = EventConfig.createConfigDriver(QueueDriver, {
    workerCreator: PgBossWorkerCreator,
    rateLimit: rateLimit as never,
  });
  const starting = startApp(syncConfig({ drivers: { queue } }));
  await expect(starting).rejects.toThrow(InvalidEventConfigError);
  await expect(starting).rejects.toThrow(message);
});
