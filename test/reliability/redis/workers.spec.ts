import { captureLogs, rejectionOf } from '../../support/drivers.js';
import { expectToGoOn, RESUMED_MS, SLACK_MS, useFailingRedis } from '../../support/failing-redis.js';
import { describePrivateRedis } from '../../support/private-redis.js';
import { type RedisApp, Task } from '../../support/redis-app.js';
import { until } from '../../support/until.js';

const CHANNEL = '{events}:event-drivers';

async function expectRefusal({ events }: RedisApp): Promise<void> {
  expect(await rejectionOf(events.dispatch(new Task({ id: 'refused' })))).toMatchObject({
    code: expect.stringMatching(/^EVENTS_(?:OUTCOME_UNKNOWN|NOT_STORED)$/),
  });
}

describePrivateRedis('A worker on Redis that fails', () => {
  const redis = useFailingRedis();

  it.each([
    ['dies', () => redis.server.kill(), () => redis.server.start()],
    ['stops', async () => redis.server.freeze(), async () => redis.server.thaw()],
  ])('records afterwards what ran when the server %s, as one attempt', async (_, fail, heal) => {
    const app = await redis.start({ retries: 0 });
    const goOn = app.tasks.holdUp();
    const tasks = Array.from({ length: 5 }, (__, index) => new Task({ id: `a${index}` }));
    await app.events.dispatchMany(tasks);
    await until('all run', () => app.tasks.started.length === 5);
    await fail();
    goOn();
    await until('all are done', () => app.tasks.done.length === 5);
    await expectRefusal(app);
    await heal();
    await redis.untilRecorded(tasks);
    await expectToGoOn(app, 'after');
    // What was refused as unknown may have been stored.
    const done = app.tasks.done.filter((id) => id !== 'refused');
    expect(done.toSorted()).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'after']);
  });

  it('goes on after the server has ended its connections or forgotten its scripts, again and again', async () => {
    const app = await redis.start();
    for (let round = 0; round < 10; round++) {
      for (const type of ['normal', 'pubsub']) await redis.server.ask('CLIENT', 'KILL', 'TYPE', type);
      await redis.server.ask('SCRIPT', 'FLUSH');
      await expectToGoOn(app, `a${round}`);
    }
    await redis.server.ask('SCRIPT', 'FLUSH');
    await expectToGoOn(app, 'b');
  });

  it('goes on after the server has lost everything, and says so', async () => {
    const app = await redis.start();
    await expectToGoOn(app, 'before');
    const lines = captureLogs();
    await redis.server.ask('FLUSHALL');
    await expectToGoOn(app, 'after');
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^redis:\/\/.*: queue 'queue' was gone, with all that was in it: .*created anew\.$/,
      ),
    ]);
    await app.events.dispatch(new Task({ id: 'again' }));
    expect(lines).toHaveLength(1);
  });

  it('gives back what it was given without hearing of it, and no attempt is used up', async () => {
    const producer = await redis.start({}, { workers: false });
    const worker = await redis.startThroughProxy({ retries: 0 });
    await expectToGoOn(worker, 'before');
    redis.proxy.withholdAnswers();
    const tasks = Array.from({ length: 5 }, (_, index) => new Task({ id: `a${index}` }));
    await producer.events.dispatchMany(tasks);
    await redis.untilRecorded(tasks);
    expect(worker.tasks.done).toHaveLength(6);
  });

  it('is not given what it has long ceased to wait for, where that arrives late', async () => {
    const producer = await redis.start({}, { workers: false });
    const worker = await redis.startThroughProxy({ concurrency: 1, retries: 0 });
    await redis.untilRecorded([await expectToGoOn(worker, 'before')]);
    redis.proxy.blackhole();
    // What it asks for is under way for as long as nothing arrives; meanwhile it connects anew.
    await until('it has given up', () => redis.proxy.attempts.length > 3);
    redis.proxy.reopen();
    const goOn = worker.tasks.holdUp();
    const tasks = ['a', 'b'].map((id) => new Task({ id }));
    await producer.events.dispatch(tasks[0]!);
    await until('it runs', () => worker.tasks.started.includes('a'), RESUMED_MS);
    await producer.events.dispatch(tasks[1]!);
    redis.proxy.forward();
    await until('all has arrived', () => redis.proxy.size <= 2);
    goOn();
    await redis.untilRecorded(tasks);
  });

  it('whose ear alone is cut off finds work by looking, and hears again soon', async () => {
    const producer = await redis.start({}, { workers: false });
    const worker = await redis.startThroughProxy({ pollIntervalMs: 1500 });
    await expectToGoOn(worker, 'before');
    const connections = redis.proxy.attempts.length;
    redis.proxy.blackholeWhereSent('subscribe');
    await producer.events.dispatch(new Task({ id: 'a' }));
    await until('it is done', () => worker.tasks.done.includes('a'), 1500 + SLACK_MS);
    await until('it is connected anew', () => redis.proxy.attempts.length > connections, RESUMED_MS);
    const started = performance.now();
    for (let round = 0; round < 10; round++) {
      await until('it hears', async () => {
        const [, listeners] = await redis.server.ask<[string, number]>('PUBSUB', 'NUMSUB', CHANNEL);
        return listeners > 0;
      });
      await producer.events.dispatch(new Task({ id: `b${round}` }));
      await until('it is done', () => worker.tasks.done.includes(`b${round}`));
    }
    // By looking alone it would take ten times as long as it looks.
    expect(performance.now() - started).toBeLessThan(7 * 1500);
  });
});
