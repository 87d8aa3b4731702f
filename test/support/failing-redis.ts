import type { EventsModuleOptions, QueueDriverOptions } from 'nestjs-event-drivers';
import { deliveryId } from '../../lib/queue/delivery-id.js';
import { closeApps } from './app.js';
import { PrivateRedis } from './private-redis.js';
import { type RedisApp, startOnRedis, Task } from './redis-app.js';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

/** How long a server may take to answer. */
export const TIMEOUT_MS = 1000;
/** What a busy machine takes on top. */
export const SLACK_MS = 2000;
/** After an outage, all goes on within this time. */
export const RESUMED_MS = 5000;

/** What all keys of the queue begin with. */
export const BASE = '{events}:queue:';

/** A Redis server with a proxy before it, both for the tests of the enclosing block to let fail. */
export class FailingRedis {
  server!: PrivateRedis;
  proxy!: TcpProxy;

  get options() {
    return { connection: this.server.url, timeoutMs: TIMEOUT_MS, recoveryIntervalSeconds: 1 };
  }

  get optionsThroughProxy() {
    return { ...this.options, connection: this.proxy.through(this.server.url) };
  }

  start(queue?: Partial<QueueDriverOptions>, config?: Partial<EventsModuleOptions>): Promise<RedisApp> {
    return startOnRedis(this.options, queue, config);
  }

  startThroughProxy(
    queue?: Partial<QueueDriverOptions>,
    config?: Partial<EventsModuleOptions>,
  ): Promise<RedisApp> {
    return startOnRedis(this.optionsThroughProxy, queue, config);
  }

  /** What Redis has of a delivery. */
  read(task: Task, field: string): Promise<string | null> {
    return this.server.ask('HGET', BASE + deliveryId(task.getId(), 'worker'), field);
  }

  /** Makes the process that runs a delivery look as if it had been dead for long. */
  async removeLock(task: Task): Promise<void> {
    await this.server.ask('DEL', `${BASE}${deliveryId(task.getId(), 'worker')}:lock`);
  }

  /** Waits until it is recorded that each of them was done, at the first attempt. */
  async untilRecorded(tasks: readonly Task[]): Promise<void> {
    const isRecorded = async (): Promise<boolean> => {
      const attempts = await Promise.all(tasks.map((task) => this.read(task, 'atm')));
      return attempts.every((made) => made === '1');
    };
    await until('all are recorded', isRecorded, RESUMED_MS);
    for (const task of tasks) expect(await this.read(task, 'failedReason')).toBeNull();
  }
}

/** Starts a server for the tests of the enclosing block, each of which has it as it was at first. */
export function useFailingRedis(): FailingRedis {
  const redis = new FailingRedis();
  beforeAll(async () => {
    redis.server = await PrivateRedis.create();
  });
  afterAll(() => redis.server.remove());
  beforeEach(async () => {
    redis.proxy = await TcpProxy.openFor(redis.server.url);
  });
  afterEach(async () => {
    redis.server.thaw();
    await closeApps();
    await redis.proxy.close();
    await redis.server.start();
    await redis.server.ask('FLUSHALL');
  });
  return redis;
}

/** Dispatches until it is stored and done, which must not take long. */
export async function expectToGoOn({ events, tasks }: RedisApp, id: string): Promise<Task> {
  const started = performance.now();
  const task = new Task({ id });
  const isStored = (): Promise<boolean> =>
    events.dispatch(task).then(
      () => true,
      () => false,
    );
  await until('it is stored', isStored, RESUMED_MS);
  await until('it is done', () => tasks.done.includes(id), RESUMED_MS);
  expect(performance.now() - started).toBeLessThan(RESUMED_MS);
  return task;
}
