import { Redis } from 'ioredis';
import { InvalidOptionsError } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';

function problems(options: unknown): readonly string[] {
  try {
    expect(new BullMqWorkerCreator(options as never)).toBeDefined();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return (error as InvalidOptionsError).problems;
  }
}

describe('Options of BullMqWorkerCreator', () => {
  test.each([
    [{}],
    [{ connection: '' }],
    [{ connection: undefined }],
    [{ connection: 'rediss://user:secret@redis.example:6380/3' }],
    [{ connection: { host: 'redis', port: 6380, db: 1 } }],
    [{ connection: { nodes: [{ host: 'a', port: 7000 }] } }],
    [{ prefix: 'no-braces', timeoutMs: 1, recoveryIntervalSeconds: 60 }],
    [{ bullmq: { metrics: { maxDataPoints: 60 }, streams: { events: { maxLen: 10 } }, name: 'worker 1' } }],
    [{ bullmq: { defaultJobOptions: { removeOnComplete: { count: 10 }, lifo: true } } }],
  ])('takes %j', (options) => {
    expect(problems(options)).toEqual([]);
  });

  test.each([
    [{ connection: 'postgres://user:secret@host/db' }, /connection: .*begins with 'postgres:\/\/'/],
    [{ connection: 'secret@host' }, /connection: .*got other text/],
    [{ connection: 6379 }, /connection: expected a URL/],
    [{ connection: { nodes: [] } }, /connection\.nodes: .*at least one node/],
    [{ connection: { keyPrefix: 'x' } }, /keyPrefix: .*'prefix'/],
    [{ connection: { nodes: [{ port: 1 }] }, prefix: 'events' }, /prefix: .*'\{events\}'/],
    [{ prefix: 'a b' }, /prefix: .*without spaces/],
    [{ prefix: '{a}{b}' }, /prefix: .*one pair of braces/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ recoveryIntervalSeconds: 0.5 }, /recoveryIntervalSeconds/],
    [{ conection: 'redis://x' }, /conection/],
    [{ bullmq: 'x' }, /bullmq: expected an object/],
    [{ bullmq: { concurrency: 5 } }, /bullmq\.concurrency: .*'concurrency' of QueueDriver/],
    [{ bullmq: { limiter: { max: 1, duration: 1 } } }, /bullmq\.limiter: .*'rateLimit' of QueueDriver/],
    [{ bullmq: { lockDuration: 1 } }, /bullmq\.lockDuration: .*'heartbeat'/],
    [{ bullmq: { foo: 1 } }, /bullmq\.foo: what is passed on is/],
    [{ bullmq: { defaultJobOptions: { attempts: 3 } } }, /defaultJobOptions\.attempts: .*'retries'/],
    [{ bullmq: { defaultJobOptions: { removeOnFail: true } } }, /removeOnFail: .*redriven or purged/],
    [{ bullmq: { metrics: {} } }, /bullmq\.metrics\.maxDataPoints: .*from 1/],
    [{ bullmq: { streams: { events: { maxLen: -1 } } } }, /maxLen: .*from 1/],
  ])('refuses %j', (options, problem) => {
    expect(problems(options)).toEqual([expect.stringMatching(problem)]);
  });

  test('shows no secret, whatever is wrong', () => {
    for (const connection of [
      'http://user:secret@host',
      'user:secret@host',
      { nodes: [], password: 'secret' },
    ]) {
      expect(JSON.stringify(problems({ connection }))).not.toContain('secret');
    }
  });

  test.each([
    [undefined, 'redis://127.0.0.1:6379/0 {events}'],
    ['redis://:secret@redis.example', 'redis://redis.example:6379/0 {events}'],
    ['rediss://user:secret@redis.example:6380/3', 'redis://redis.example:6380/3 {events}'],
    [{ host: '::1', password: 'secret' }, 'redis://[::1]:6379/0 {events}'],
    [{ path: '/run/redis.sock', db: 2 }, 'redis unix:/run/redis.sock/2 {events}'],
    [{ sentinels: [{ host: 'b', port: 1 }, { host: 'a' }], name: 'm' }, 'redis m of a:6379,b:1/0 {events}'],
    [
      { nodes: [{ host: 'b', port: 7001 }, 'redis://:secret@a:7000'] },
      'redis cluster a:7000,b:7001 {events}',
    ],
  ])('names the store at %j', (connection, name) => {
    expect(new BullMqWorkerCreator({ connection: connection as never }).getStoreName()).toBe(name);
  });

  test('is the same store by whatever way it is reached', () => {
    const client = new Redis('redis://:secret@127.0.0.1:6379/5', { lazyConnect: true });
    const [one, other] = [
      new BullMqWorkerCreator({ connection: client }),
      new BullMqWorkerCreator({ connection: { db: 5 } }),
    ];
    expect(one.getStoreName()).toBe(other.getStoreName());
    expect(one.findDifference(other)).toBeUndefined();
  });

  test('tells what two that share a store do otherwise', () => {
    const [one, other] = [new BullMqWorkerCreator({ timeoutMs: 1000 }), new BullMqWorkerCreator()];
    expect(one.findDifference(other)).toBe('timeoutMs is 1000, and 5000');
  });
});
