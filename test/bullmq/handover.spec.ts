import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { BaseEvent, Event, OnEvent, type StoredDelivery } from 'nestjs-event-drivers';
import { AnswerLostError } from '../../lib/bullmq/redis/redis-errors.js';
import { RedisLink } from '../../lib/bullmq/redis/redis-link.js';
import { uuidv7 } from '../../lib/event/uuidv7.js';
import { closeApps } from '../support/app.js';
import { onRedis, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

@Event({ name: 'handed' })
class Handed extends BaseEvent<{ no: number }> {}

const delivery = (no: number): StoredDelivery => {
  const id = uuidv7();
  const data = { event: 'handed', version: 1, eventId: id, listener: 'handed.on', payload: { no } };
  return { id, data, options: {} };
};

// oxlint-disable-next-line typescript/unbound-method -- it is called for the link that it was called for
const { run } = RedisLink.prototype;
let scripts: string[];
/** What happens once the server has done what it was asked. */
let afterwards: (script: string) => void;

beforeEach(() => {
  scripts = [];
  afterwards = () => undefined;
  jest.spyOn(RedisLink.prototype, 'run').mockImplementation(async function (
    this: RedisLink,
    script,
    ...rest
  ) {
    scripts.push(script);
    const answer = await run.call(this, script, ...rest);
    afterwards(script);
    return answer;
  });
});

afterEach(async () => {
  await closeApps();
  jest.restoreAllMocks();
});

const ofStoring = () => scripts.filter((script) => ['storePlain', 'storeTaken', 'claim'].includes(script));

onRedis('What an idle worker of the same process stores', (store) => {
  const start = async (
    listen: (event: Handed) => unknown,
    options: Parameters<typeof startQueue>[2] = {},
  ) => {
    class Listener {
      @OnEvent(Handed, { id: 'handed.on' })
      on(event: Handed): unknown {
        return listen(event);
      }
    }
    const started = await startQueue(store, [Listener], { pollIntervalMs: 60_000, ...options });
    // It looks as it starts, and again once it hears what is announced.
    for (let before = -1; before !== scripts.length || !scripts.includes('claim'); await delay(100)) {
      before = scripts.length;
    }
    scripts = [];
    const queue = started.driver.getQueues()[0]!;
    const base = `${store.keys.prefix}:${queue}:`;
    return { ...started, queue, base };
  };

  test('is run without being looked for, after its dispatch', async () => {
    const order: string[] = [];
    const { events } = await start(() => order.push('run'));
    await events.dispatch(new Handed({ no: 1 }));
    order.push('stored');
    await until('it is recorded', () => scripts.includes('complete'));
    expect(order).toEqual(['stored', 'run']);
    expect(ofStoring()).toEqual(['storeTaken']);
  });

  test('looks as if it had been taken by a worker of BullMQ', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const listen = () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    };
    const { driver, queue, base } = await start(listen, { concurrency: 1 });
    const { redis } = store.keys;
    const readEvents = async (id: string) => {
      const entries = await redis.xrange(`${base}events`, '-', '+');
      return entries.map(([, fields]) => fields).filter((fields) => fields.includes(id));
    };
    const read = async (id: string) => {
      const job = await redis.hgetall(`${base}${id}`);
      const ttl = await redis.pttl(`${base}${id}:lock`);
      const events = (await readEvents(id)).map((fields) =>
        fields.map((field) => (field === id ? '' : field)),
      );
      return {
        fields: Object.keys(job).toSorted(),
        told: { ...job, timestamp: '', processedOn: '', delivery: '', data: '' },
        isFresh: Number(job['processedOn']) >= Number(job['timestamp']),
        isLocked: ttl > 20_000 && ttl <= 30_000,
        events,
      };
    };
    const [taken, fetched] = [delivery(1), delivery(2)];
    await driver.getEngine().store(queue, [taken]);
    await until('it runs', () => gates.length === 1);
    const first = await read(taken.id);
    await driver.getEngine().store(queue, [fetched]);
    gates[0]!.resolve();
    await until('the other one runs', () => gates.length === 2);
    const second = await read(fetched.id);
    gates[1]!.resolve();
    expect(second).toEqual(first);
    expect(first).toMatchObject({
      isFresh: true,
      isLocked: true,
      told: { ats: '1', name: 'handed for handed.on' },
    });
    expect(first.events.map((fields) => fields[1])).toEqual(['added', 'waiting', 'active']);
    expect(ofStoring().slice(0, 3)).toEqual(['storeTaken', 'storePlain', 'claim']);
  });

  test('waits behind what others have stored, which it tells of', async () => {
    const seen: number[] = [];
    const { driver, queue, events, base } = await start((event) => seen.push(event.getPayload().no));
    const bull = (driver.getEngine() as InstanceType<typeof store.creator>).getQueue(queue);
    const { payload, ...rest } = delivery(1).data;
    const { id } = await bull.add('by hand', payload);
    await store.keys.redis.hset(`${base}${id}`, 'delivery', JSON.stringify(rest));
    await events.dispatch(new Handed({ no: 2 }));
    await until('both have run', () => seen.length === 2);
    expect(seen).toEqual([1, 2]);
  });

  test('waits while BullMQ has it paused, or limits it', async () => {
    let runs = 0;
    const { driver, events, queue } = await start(() => runs++, { pollIntervalMs: 100 });
    const bull = (driver.getEngine() as InstanceType<typeof store.creator>).getQueue(queue);
    await bull.pause();
    await events.dispatch(new Handed({ no: 1 }));
    await until('it waits', async () => (await bull.getWaitingCount()) === 1);
    expect(runs).toBe(0);
    await bull.resume();
    await until('it has run', () => runs === 1);
    await bull.setGlobalConcurrency(1);
    scripts = [];
    await events.dispatch(new Handed({ no: 2 }));
    await until('it has run', () => runs === 2);
    expect(ofStoring()).toContain('claim');
  });

  test('is delivered once though the answer to its storing was lost', async () => {
    let runs = 0;
    const { events } = await start(() => runs++, { pollIntervalMs: 100 });
    afterwards = (script) => {
      if (script !== 'storeTaken') return;
      afterwards = () => undefined;
      throw new AnswerLostError('the connection was closed');
    };
    await events.dispatch(new Handed({ no: 1 }));
    await until('it is recorded', () => scripts.includes('complete'));
    const before = ofStoring().length;
    await until('it was looked for once more', () => ofStoring().length > before);
    expect(runs).toBe(1);
    expect(scripts).toContain('return');
  });

  test('is not taken where it must not be lost before it begins, nor where it is counted when it does', async () => {
    for (const options of [{ retries: 0 }, { rateLimit: { max: 100, per: 1000 } }, { groupConcurrency: 3 }]) {
      const { events } = await start(() => undefined, options);
      await events.dispatch(new Handed({ no: 1 }));
      await until('it is recorded', () => scripts.includes('complete'));
      expect(ofStoring()[0]).toBe('storePlain');
    }
  });
});
