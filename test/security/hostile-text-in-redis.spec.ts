import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  EventsError,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs } from '../support/drivers.js';
import { describeRedis, REDIS_URL, usePrefix } from '../support/redis.js';
import { until } from '../support/until.js';
import { HOSTILE_TEXTS } from './support/hostile-texts.js';

beforeEach(() => void (heard.length = 0));
afterEach(closeApps);

@Event({ name: 'said' })
class Said extends BaseEvent<{ text: string }> {}

const heard: string[] = [];

class Listener {
  @OnEvent(Said, { id: 'listener' })
  hear(event: Said): void {
    heard.push(event.getPayload().text);
    throw new Error(event.getPayload().text);
  }
}

describeRedis('Hostile text', () => {
  const { prefix, redis } = usePrefix();
  const creator = BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix });
  const queueOn = (workerCreator: typeof creator) =>
    EventConfig.createConfigDriver(QueueDriver, { workerCreator, retries: 0, concurrency: 50 });

  /** What each key of a queue holds, as far as it does not change by itself. */
  async function dump(pattern: string): Promise<Record<string, string | null>> {
    const keys = (await redis.keys(pattern))
      .filter((key) => !/:(?:stalled-check|lock)$/.test(key))
      .toSorted();
    return Object.fromEntries(
      await Promise.all(
        keys.map(async (key) => [key, (await redis.dumpBuffer(key))?.toString('base64') ?? null] as const),
      ),
    );
  }

  it('is a value and no part of a key of another queue, nor of anything else', async () => {
    const config = syncConfig({
      defaultDriver: 'a',
      workers: ['a'],
      drivers: { a: queueOn(creator), b: queueOn(creator) },
    });
    const app = await startApp(config, [Listener]);
    captureLogs();
    const events = app.get(EventService);
    const queues = app.get(EventQueues);
    await events.dispatch(new Said({ text: 'of b' }), 'b');
    await redis.set('outside', 'mine');
    const ofB = await dump(`${prefix}:b:*`);
    expect(Object.keys(ofB).length).toBeGreaterThan(1);

    await Promise.all(
      HOSTILE_TEXTS.map((text) =>
        events.dispatch(new Said({ text }), { orderingKey: text, group: text, idempotencyKey: text }),
      ),
    );
    await until('all are heard', () => heard.length === HOSTILE_TEXTS.length);
    expect(heard.toSorted()).toEqual(HOSTILE_TEXTS.toSorted());
    await until(
      'all are given up',
      async () => (await queues.listFailed({}, 1000)).length === HOSTILE_TEXTS.length,
    );
    let found = 0;
    // Each of them looks through all that was given up.
    for (const text of HOSTILE_TEXTS.filter((_, index) => index % 2 === 0)) {
      const counts = await Promise.all([
        queues.listFailed({ event: text }).then(({ length }) => length),
        queues.listFailed({ ids: [text] }).then(({ length }) => length),
        queues.redrive({ listener: text }),
        queues.purge({ event: text }),
      ]);
      found += counts.reduce((sum, count) => sum + count, 0);
    }
    expect(found).toBe(0);
    expect(await dump(`${prefix}:b:*`)).toEqual(ofB);
    expect(await redis.get('outside')).toBe('mine');
    await redis.del('outside');
    // Whatever has been made is under the names of the two queues.
    const strays = (await redis.keys(`${prefix}:*`)).filter(
      (key) => !/^\{\w+\}:(?:[ab]:|event-drivers)/.test(key),
    );
    expect(strays).toEqual([]);
  });

  it.each(['a:b', 'a:', ':', '{a}', 'a*', 'a?', 'a b', 'a\r\nDEL x', 'a/dead', '*', 'a\0'])(
    'names no queue and no driver that has any: %p',
    async (name) => {
      const asDriver = startApp(syncConfig({ drivers: { [name]: queueOn(creator) } }));
      await expect(asDriver).rejects.toThrow(/cannot name a queue/);
      const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: creator, queues: [name] });
      await expect(startApp(syncConfig({ drivers: { queue } }))).rejects.toThrow(/cannot name a queue/);
    },
  );

  it('that would be the name of a queue of another driver keeps the application from starting', async () => {
    const drivers = {
      a: EventConfig.createConfigDriver(QueueDriver, { workerCreator: creator, queues: ['b'] }),
      'a.b': queueOn(creator),
    };
    const started = startApp(syncConfig({ drivers }));
    await expect(started).rejects.toBeInstanceOf(EventsError);
    await expect(started).rejects.toThrow(/'a\.b'/);
  });
});
