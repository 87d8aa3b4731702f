import { uuidv7 } from '../../lib/event/uuidv7.js';
import type { Claim, Outcome, StoredDelivery } from 'nestjs-event-drivers';
import { BullMqWorkerCreator, type BullMqOptions } from 'nestjs-event-drivers/bullmq';
import { defineQueue } from '../support/queue-definition.js';
import { describeRedis, REDIS_URL, usePrefix } from '../support/redis.js';
import { until } from '../support/until.js';

const COMPLETED: Outcome = { status: 'completed' };
const DEAD: Outcome = {
  status: 'dead',
  error: { name: 'MailError', message: 'no mail', stack: 'MailError: no mail\n  at x' },
};

function delivery(label: string, options: StoredDelivery['options'] = {}): StoredDelivery {
  const id = uuidv7();
  const data = {
    event: 'order.placed',
    listener: 'Mailer.send',
    version: 1,
    eventId: id,
    payload: { label },
  };
  return { id, data, options };
}

describeRedis('Jobs of BullMQ', () => {
  const { prefix, removeAll } = usePrefix();
  const engines: BullMqWorkerCreator[] = [];
  let count = 0;

  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  async function openQueue(options: BullMqOptions = {}, definition = {}) {
    const engine = new BullMqWorkerCreator({
      connection: REDIS_URL,
      prefix,
      recoveryIntervalSeconds: 1,
      ...options,
    });
    engines.push(engine);
    const name = `jobs${++count}`;
    await engine.open({
      queues: [defineQueue(name, definition)],
      isWorker: true,
      strict: false,
      onError: () => {},
      onWarning: () => {},
    });
    const ran: string[] = [];
    return {
      engine,
      name,
      ran,
      queue: engine.getQueue(name),
      store: (...deliveries: StoredDelivery[]) => engine.store(name, deliveries),
      work: (run: (claim: Claim) => Outcome | Promise<Outcome> = () => COMPLETED, more = {}) =>
        engine.work(
          name,
          {
            concurrency: 1,
            groupConcurrency: undefined,
            rateLimit: undefined,
            pollIntervalMs: 50,
            runOnce: false,
            ...more,
          },
          async (claim) => {
            ran.push((claim.data.payload as { label: string }).label);
            return run(claim);
          },
        ),
    };
  }

  test('are named by event and listener, and have the payload as their data', async () => {
    const { queue, store, work } = await openQueue({ bullmq: { name: 'the worker' } }, { retries: 4 });
    const one = delivery('a');
    const own = delivery('b', { delayMs: 60_000 });
    const { listener: _, ...ownData } = own.data;
    await store(one, { ...own, data: ownData });
    const job = await queue.getJob(one.id);
    expect(job).toMatchObject({
      name: 'order.placed for Mailer.send',
      data: { label: 'a' },
      opts: { attempts: 5 },
    });
    expect(await queue.getJob(own.id)).toMatchObject({ name: 'order.placed', delay: 60_000 });
    expect(await queue.getJobCounts()).toMatchObject({ waiting: 1, delayed: 1 });
    await work();
    await until('it is completed', async () => (await queue.getCompletedCount()) === 1);
    expect(await queue.getJob(one.id)).toMatchObject({ processedBy: 'the worker', attemptsMade: 1 });
  });

  test('that were given up have failed, with reason and stack, and may be tried again from there', async () => {
    const { queue, store, work, engine, name, ran } = await openQueue();
    let isBroken = true;
    await work(() => (isBroken ? DEAD : COMPLETED));
    await store(delivery('a'));
    await until('it has failed', async () => (await queue.getFailedCount()) === 1);
    const [job] = await queue.getFailed();
    expect(job).toMatchObject({ failedReason: 'no mail', stacktrace: ['MailError: no mail\n  at x'] });
    isBroken = false;
    await job!.retry();
    await until('it is completed', async () => (await queue.getCompletedCount()) === 1);
    expect(ran).toEqual(['a', 'a']);
    expect(await engine.listDeadLetters(`${name}/dead`, {}, { limit: 9 })).toEqual([]);
  });

  test('are as many, and as long there, as BullMQ is told', async () => {
    const { queue, store, work } = await openQueue({
      bullmq: {
        metrics: { maxDataPoints: 10 },
        streams: { events: { maxLen: 3 } },
        defaultJobOptions: { removeOnComplete: { count: 2 }, keepLogs: 7 },
      },
    });
    await work();
    const all = Array.from({ length: 5 }, (_, index) => delivery(`${index}`));
    for (const one of all) await store(one);
    await until('all are done', async () => (await queue.getMetrics('completed')).meta.count === 5);
    expect((await queue.getCompleted()).map(({ data }) => data.label)).toEqual(['4', '3']);
    expect((await queue.getJob(all[4]!.id))!.opts).toMatchObject({ keepLogs: 7, attempts: 3 });
    expect((await queue.getMeta()).maxLenEvents).toBe(3);
  });

  test('of one ordering key go on after one that was removed by hand', async () => {
    const { queue, store, work, ran } = await openQueue();
    const [first, second, third] = ['a', 'b', 'c'].map((label) => delivery(label, { orderingKey: 'k' }));
    await store(first!, second!, third!);
    expect(await queue.getJobCounts()).toMatchObject({ waiting: 1, 'waiting-children': 2 });
    await (await queue.getJob(first!.id))!.remove();
    await (await queue.getJob(second!.id))!.remove();
    await work();
    await until('the last one ran', () => ran.length > 0);
    expect(ran).toEqual(['c']);
  });

  test('stop and go on by the hand of BullMQ', async () => {
    const { queue, store, work, ran, engine, name } = await openQueue();
    await queue.pause();
    expect(await engine.getPaused()).toContain(name);
    await work();
    await store(delivery('a'));
    await queue.resume();
    await until('it ran', () => ran.length === 1);
    expect(await engine.getPaused()).not.toContain(name);
  });

  test('run as many at a time in all processes as BullMQ is told', async () => {
    const { queue, store, work } = await openQueue();
    await queue.setGlobalConcurrency(2);
    let [running, most] = [0, 0];
    await work(
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return COMPLETED;
      },
      { concurrency: 10 },
    );
    await store(...Array.from({ length: 10 }, (_, index) => delivery(`${index}`)));
    await until('all are done', async () => (await queue.getCompletedCount()) === 10);
    expect(most).toBe(2);
  });

  test('of a group go on where their limit is raised', async () => {
    const { store, work, ran } = await openQueue();
    const gate = Promise.withResolvers<Outcome>();
    const narrow = await work(() => gate.promise, { concurrency: 10, groupConcurrency: 1 });
    await store(...['a', 'b', 'c', 'd'].map((label) => delivery(label, { group: 'g' })));
    await until('one runs', () => ran.length === 1);
    void narrow.stop();
    const wide = await work(() => gate.promise, { concurrency: 10, groupConcurrency: 3 });
    await until('three run', () => ran.length === 3);
    gate.resolve(COMPLETED);
    await until('all ran', () => ran.length === 4);
    await wide.stop();
  });

  test('are handed out by the megabyte, and not as many as there is room for', async () => {
    const { store, work, ran } = await openQueue();
    const large = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 8; index++) {
      const one = delivery(`${index}`);
      await store({ ...one, data: { ...one.data, payload: { label: `${index}`, large } } });
    }
    await work(undefined, { concurrency: 8, pollIntervalMs: 60_000 });
    await until('all ran', () => ran.length === 8);
    expect(ran).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  test('are stored and run as before after all was deleted by hand, the queue itself included', async () => {
    const { store, work, ran, engine, name, queue } = await openQueue();
    await work();
    await store(delivery('a'));
    await until('it ran', () => ran.length === 1);
    await removeAll();
    expect(await engine.listQueues()).toEqual([]);
    await store(delivery('b'));
    await until('it ran', () => ran.length === 2);
    await until('it is recorded', async () => (await queue.getCompletedCount()) === 1);
    expect(await engine.listQueues()).toContain(name);
    await removeAll();
    await until('it is known again without a dispatch', async () =>
      (await engine.listQueues()).includes(name),
    );
  });

  test('are counted page by page where there are many', async () => {
    const { engine, name } = await openQueue();
    const many = Array.from({ length: 10_500 }, (_, index) =>
      delivery(`${index}`, index < 500 ? { delayMs: 60_000 } : index < 600 ? { orderingKey: 'k' } : {}),
    );
    await engine.store(name, many);
    const expected = { queue: name, event: 'order.placed', listener: 'Mailer.send' };
    const zero = { active: 0, completed: 0, failed: 0 };
    expect(await engine.count([name])).toEqual([{ ...expected, ...zero, ready: 10_000, delayed: 500 }]);
  });
});
