import { type JobsOptions, Queue } from 'bullmq';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { closeApps } from '../support/app.js';
import { describeRedis, REDIS_URL, usePrefixOfEach } from '../support/redis.js';
import { until } from '../support/until.js';
import { OrderPlaced, startShop } from './support/shop.js';

/** What `Queue.add()` of BullMQ is called with, and how the reason begins. */
const JOBS: readonly (readonly [name: string, data: unknown, options: JobsOptions, reason: RegExp])[] = [
  ['no.such', { id: 1 }, {}, /^EVENTS_UNKNOWN_EVENT: no event class has the name 'no\.such'/],
  ['', null, {}, /^EVENTS_UNKNOWN_EVENT/],
  ['a\n\u001b[31mERROR all is lost', 5, { priority: 1 }, /^EVENTS_UNKNOWN_EVENT/],
  ['constructor', [1], { attempts: 7, backoff: { type: 'exponential', delay: 1 } }, /^EVENTS_UNKNOWN_EVENT/],
  ['later', 'text', { delay: 20, jobId: 'an id of its own' }, /^EVENTS_UNKNOWN_EVENT/],
  ['gone', undefined, { removeOnFail: true, removeOnComplete: true }, /^EVENTS_UNKNOWN_EVENT/],
  // Nobody says of which version it is, nor which listener it is for.
  ['order.placed', 'good', { attempts: 3 }, /^EVENTS_UNSUPPORTED_VERSION/],
];

/** What no version of this library, or of BullMQ, writes there. */
const OVERWRITTEN: readonly Record<string, string>[] = [
  { opts: '[]' },
  { delivery: '{', data: '{' },
  { delivery: '5', data: '' },
  { delivery: 'null' },
  { priority: 'x', timestamp: 'x', delay: 'x' },
];

describeRedis('Jobs that nobody dispatched', () => {
  const keys = usePrefixOfEach();
  const { prefix, redis } = keys;
  const creator = BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix, recoveryIntervalSeconds: 1 });
  let queue: Queue;
  beforeEach(() => {
    queue = new Queue('queue', { connection: redis, prefix });
  });
  afterEach(closeApps);
  afterEach(() => queue.close());

  it('are dead letters with a reason', async () => {
    const { logs, shop, events, queues } = await startShop(creator);
    const reasons = new Map<string, RegExp>();
    for (const [name, data, options, reason] of JOBS) {
      const { id } = await queue.add(name, data, options);
      reasons.set(`queue:${id}`, reason);
    }
    await events.dispatch(new OrderPlaced('known'));
    await until('they are given up', async () => (await queues.listFailed()).length === JOBS.length);
    await until('what is good is delivered', () => shop.heard.includes('known'));
    expect(shop.heard).toEqual(['known']);
    for (const { id, reason, attempts } of await queues.listFailed()) {
      expect(reason).toMatch(reasons.get(id)!);
      expect(attempts).toBe(1);
    }
    expect(logs.filter(({ message }) => /\p{Cc}/u.test(message))).toEqual([]);
  });

  it('hold up nobody, though what was stored of them has been written over', async () => {
    const { shop, events, queues } = await startShop(creator);
    await queue.pause();
    for (const fields of OVERWRITTEN) {
      const { id } = await queue.add('by hand', 'good');
      await redis.hset(`${prefix}:queue:${id}`, fields);
    }
    await queue.resume();
    await events.dispatch(new OrderPlaced('known'));
    await until('what is good is delivered', () => shop.heard.includes('known'));
    await until('they are given up', async () => (await queues.listFailed()).length === OVERWRITTEN.length);
    expect((await queues.count()).reduce((sum, { active, ready }) => sum + active + ready, 0)).toBe(0);
  });
});
