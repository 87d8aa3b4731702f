import { EventConfig, type EventsError, FallbackDriver } from 'nestjs-event-drivers';
import { rejectionOf } from '../../support/drivers.js';
import { expectToGoOn, SLACK_MS, TIMEOUT_MS, useFailingRedis } from '../../support/failing-redis.js';
import { describePrivateRedis } from '../../support/private-redis.js';
import { type RedisApp, Task } from '../../support/redis-app.js';
import { until } from '../../support/until.js';

/** What dispatches were rejected with. */
async function errorsOf({ events }: RedisApp, tasks: readonly Task[]): Promise<EventsError[]> {
  const errors = await Promise.all(tasks.map((task) => rejectionOf(events.dispatch(task))));
  return errors as EventsError[];
}

const createTasks = (count: number): Task[] =>
  Array.from({ length: count }, (_, index) => new Task({ id: `a${index}` }));

describePrivateRedis('A dispatch to Redis that fails', () => {
  const redis = useFailingRedis();

  it('is refused as not stored while there is no server, and others take over', async () => {
    const fallback = EventConfig.createConfigDriver(FallbackDriver, { drivers: ['queue', 'sync'] });
    const app = await redis.start({}, { workers: false, drivers: { fallback } });
    await redis.server.kill();
    const started = performance.now();
    const errors = await errorsOf(app, createTasks(100));
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['EVENTS_NOT_STORED']));
    expect(errors[0]!.message).toMatch(/127\.0\.0\.1:\d+/);
    const again = performance.now();
    await app.events.dispatch(new Task({ id: 'b' }), { driver: 'fallback' });
    expect(app.tasks.done).toEqual(['b']);
    expect(performance.now() - again).toBeLessThan(SLACK_MS);
  });

  it.each([
    ['stops', () => redis.server.freeze(), () => redis.server.thaw()],
    ['is cut off', () => redis.proxy.blackhole(), () => redis.proxy.forward()],
    [
      'is cut off, and only new connections work afterwards',
      () => redis.proxy.blackhole(),
      () => redis.proxy.reopen(),
    ],
  ])('is refused in time as unknown when the server %s; again, it is stored once', async (_, fail, heal) => {
    const app = await redis.startThroughProxy();
    await expectToGoOn(app, 'before');
    fail();
    const tasks = createTasks(100);
    const started = performance.now();
    const errors = await errorsOf(app, tasks);
    const elapsed = performance.now() - started;
    console.info(`refused after ${elapsed.toFixed()} ms, of ${TIMEOUT_MS}`);
    expect(elapsed).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(errors[0]!.code).toBe('EVENTS_OUTCOME_UNKNOWN');
    for (const { code } of errors) expect(code).toMatch(/^EVENTS_(?:OUTCOME_UNKNOWN|NOT_STORED)$/);
    heal();
    await expectToGoOn(app, 'after');
    await app.events.dispatchMany(tasks);
    await redis.untilRecorded(tasks);
    const all = ['before', 'after', ...tasks.map((task) => task.getPayload().id)];
    expect(app.tasks.done.toSorted()).toEqual(all.toSorted());
  });

  it('is refused in time by the driver, where that has less time than the engine', async () => {
    const app = await redis.startThroughProxy({ storeTimeoutMs: 200 });
    redis.proxy.blackhole();
    const started = performance.now();
    const [error] = await errorsOf(app, createTasks(1));
    expect(error!.code).toBe('EVENTS_DISPATCH_TIMEOUT');
    expect(performance.now() - started).toBeLessThan(200 + SLACK_MS);
  });

  it('whose answer is lost with the connection is made sure of at once, and stored once', async () => {
    const { events, tasks } = await redis.startThroughProxy();
    redis.proxy.withholdAnswers();
    const task = new Task({ id: 'a' });
    const dispatched = events.dispatch(task);
    await until('it is stored', async () => (await redis.read(task, 'name')) !== null);
    redis.proxy.reset();
    await dispatched;
    await redis.untilRecorded([task]);
    await events.dispatch(task);
    expect(tasks.done).toEqual(['a']);
  });

  it('is refused with the remedy while the memory is full, and stored once there is room', async () => {
    const app = await redis.start();
    await redis.server.ask('CONFIG', 'SET', 'maxmemory', '1mb');
    const [error] = await errorsOf(app, createTasks(1));
    expect(error!.code).toBe('EVENTS_NOT_STORED');
    expect(error!.message).toMatch(/OOM.*\(Redis has no memory left: raise maxmemory/);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory', '0');
    await expectToGoOn(app, 'after');
  });
});
