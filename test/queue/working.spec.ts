import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  BaseDriver,
  BaseEvent,
  Event,
  EventConfig,
  type EventQueues,
  type FailedDelivery,
  type IBaseEvent,
  OnEvent,
  PostponeError,
  TimeoutDriver,
  UnrecoverableError,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { closeApps } from '../support/app.js';
import { onEachStore, onServers, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

class Job extends BaseEvent<{ no: number; key?: string }> {}

/** Does what the test says, and keeps account of it. */
@Injectable()
class Worker {
  readonly runs: number[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  running = 0;
  most = 0;
  act: (event: Job, signal?: AbortSignal) => unknown = () => undefined;

  @OnEvent(Job)
  async work(event: Job, signal?: AbortSignal): Promise<void> {
    this.runs.push(event.getPayload().no);
    this.signals.push(signal);
    this.most = Math.max(this.most, ++this.running);
    try {
      await this.act(event, signal);
    } finally {
      this.running--;
    }
  }
}

async function onlyFailed(queues: EventQueues): Promise<FailedDelivery> {
  let failed: readonly FailedDelivery[] = [];
  await until('it is given up', async () => (failed = await queues.listFailed()).length > 0);
  expect(failed).toHaveLength(1);
  return failed[0]!;
}

onEachStore('A worker', (store) => {
  test('tries again as often as it is told, then gives the delivery up with reason, attempts and payload', async () => {
    const { app, events, queues, name } = await startQueue(store, [Worker], { retries: 2 });
    const worker = app.get(Worker);
    worker.act = () => {
      throw Object.assign(new TypeError('no ink'), { code: 'E_INK' });
    };
    const event = new Job({ no: 1 });
    await events.dispatch(event);
    expect(await onlyFailed(queues)).toMatchObject({
      queue: name,
      driverName: name,
      eventName: 'Job',
      eventId: event.getId(),
      listenerId: 'Worker.work',
      payload: { no: 1 },
      reason: 'E_INK: no ink',
      attempts: 3,
    });
    expect(worker.runs).toEqual([1, 1, 1]);
  });

  store.testOnServers('gives up at once what is unrecoverable, or not worth another attempt', async () => {
    const { app, events, queues } = await startQueue(store, [Worker], {
      retries: 5,
      retryIf: (error) => !/never/.test(String(error)),
    });
    const worker = app.get(Worker);
    worker.act = (event) => {
      throw event.getPayload().no === 1 ? new UnrecoverableError('declined') : new Error('never');
    };
    await events.dispatchMany([new Job({ no: 1 }), new Job({ no: 2 })]);
    await until('both are given up', async () => (await queues.listFailed()).length === 2);
    expect(worker.runs.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect((await queues.listFailed()).map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  test('runs what is postponed later, which is no attempt', async () => {
    const { app, events, queues } = await startQueue(store, [Worker], { retries: 0 });
    const worker = app.get(Worker);
    worker.act = () => {
      if (worker.runs.length < 4) throw new PostponeError(30);
      throw new Error('at last');
    };
    await events.dispatch(new Job({ no: 1 }));
    expect((await onlyFailed(queues)).attempts).toBe(1);
    expect(worker.runs).toHaveLength(4);
  });

  store.testOnServers('aborts what takes too long, and tries it again', async () => {
    const { app, events, queues } = await startQueue(store, [Worker], {
      retries: 1,
      timeout: 50,
      concurrency: 1,
    });
    const worker = app.get(Worker);
    worker.act = (event) => (event.getPayload().no === 1 ? new Promise(() => {}) : undefined);
    await events.dispatch(new Job({ no: 1 }));
    expect((await onlyFailed(queues)).reason).toMatch(/EVENTS_TIMEOUT.*took longer than 50 ms/);
    expect(worker.signals.map((signal) => signal?.aborted)).toEqual([true, true]);
    await events.dispatch(new Job({ no: 2 }));
    await until('its slot is free', () => worker.runs.includes(2));
  });

  store.testOnServers(
    'runs no more at a time than it may, and lets nobody wait for one that takes long',
    async () => {
      const { app, events } = await startQueue(store, [Worker], { concurrency: 3 });
      const worker = app.get(Worker);
      const first = Promise.withResolvers<void>();
      worker.act = (event) => (event.getPayload().no === 0 ? first.promise : new Promise(setImmediate));
      await events.dispatchMany(Array.from({ length: 60 }, (_, no) => new Job({ no })));
      await until('all but the first are done', () => worker.runs.length === 60 && worker.running === 1);
      first.resolve();
      expect(worker.most).toBe(3);
    },
  );

  test('runs those with one ordering key one after another, in order, in spite of failures', async () => {
    const { app, events } = await startQueue(store, [Worker], { retries: 1, concurrency: 8 });
    const worker = app.get(Worker);
    const seen = new Set<number>();
    const done: Record<string, number[]> = { a: [], b: [] };
    worker.act = async (event) => {
      const { no, key } = event.getPayload();
      await new Promise(setImmediate);
      if (no % 3 === 0 && !seen.has(no)) {
        seen.add(no);
        throw no % 2 === 0 ? new PostponeError(10) : new Error('again');
      }
      if (no === 7) throw new UnrecoverableError('never');
      done[key!]!.push(no);
    };
    const options = { orderingKey: (event: Job) => event.getPayload().key };
    await Promise.all(
      Array.from({ length: 20 }, (_, no) =>
        events.dispatch(new Job({ no, key: no % 2 ? 'a' : 'b' }), options),
      ),
    );
    await until('all are done', () => done['a']!.length + done['b']!.length === 19);
    expect(done).toEqual({ a: [1, 3, 5, 9, 11, 13, 15, 17, 19], b: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18] });
  });

  test('runs no more of a group at a time than the driver allows', async () => {
    const { app, events } = await startQueue(store, [Worker], { concurrency: 10, groupConcurrency: 2 });
    const worker = app.get(Worker);
    worker.act = () => new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all(
      Array.from({ length: 12 }, (_, no) => events.dispatch(new Job({ no }), { group: 'tenant' })),
    );
    await until('all are done', () => worker.runs.length === 12 && worker.running === 0);
    expect(worker.most).toBe(2);
  });

  test('runs what is delayed when its time has come, to less than a second', async () => {
    const { app, events } = await startQueue(store, [Worker], { pollIntervalMs: 60_000 });
    const worker = app.get(Worker);
    const started = performance.now();
    const ranAt: number[] = [];
    worker.act = () => ranAt.push(performance.now() - started);
    await events.dispatch(new Job({ no: 1 }), { delay: 250 });
    await until('it has run', () => ranAt.length === 1);
    expect(ranAt[0]).toBeGreaterThanOrEqual(249);
    expect(ranAt[0]).toBeLessThan(1250);
  });

  store.testOnServers('runs once what is to run once, though it fails', async () => {
    const { app, events, queues } = await startQueue(store, [Worker], { runOnce: true });
    const worker = app.get(Worker);
    worker.act = () => {
      throw new Error('no');
    };
    await expect(events.dispatch(new Job({ no: 1 }), { retries: 2 })).rejects.toThrow(UnsupportedOptionError);
    await events.dispatch(new Job({ no: 1 }));
    expect((await onlyFailed(queues)).attempts).toBe(1);
    expect(worker.runs).toEqual([1]);
  });

  store.testOnServers('hands a delivery to the driver that is to make it', async () => {
    const handed: string[] = [];
    @Injectable()
    class Broker extends BaseDriver {
      async dispatch(event: IBaseEvent): Promise<void> {
        handed.push(`${event.getName()} for ${event.getListenerId?.()}`);
        await event.execute();
      }
    }
    const { app, events } = await startQueue(
      store,
      [Worker],
      { driver: 'limit' },
      {
        drivers: {
          broker: EventConfig.createConfigDriver(Broker),
          limit: EventConfig.createConfigDriver(TimeoutDriver, { driver: 'broker', timeout: 1000 }),
        },
      },
    );
    await events.dispatch(new Job({ no: 1 }));
    await until('it has run', () => app.get(Worker).runs.length === 1);
    expect(handed).toEqual(['Job for Worker.work']);
  });

  store.testOnServers('calls listeners in the scope of a request, the event being the request', async () => {
    const created: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      constructor(@Inject(REQUEST) readonly request: Job) {}

      @OnEvent(Job)
      listen(event: Job): void {
        created.push([this.request === event, event.getPayload().no]);
      }
    }
    const { events } = await startQueue(store, [Scoped]);
    await events.dispatchMany([new Job({ no: 1 }), new Job({ no: 2 })]);
    await until('both are heard', () => created.length === 2);
    expect(created.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      [true, 1],
      [true, 2],
    ]);
  });
});

onServers('Processes that share a store', (store) => {
  test('work the queues that they are told to: all, none, or those that are named', async () => {
    @Event({ queue: 'mails' })
    class Mail extends BaseEvent<{ no: number }> {}
    const heard: string[] = [];
    const listener = (who: string) => {
      @Injectable()
      class Listener {
        @OnEvent([Mail, Job], { id: 'both' })
        listen(event: Mail | Job): void {
          heard.push(`${who}: ${event.getName()}`);
        }
      }
      return Listener;
    };
    const name = store.uniqueName();
    const api = await startQueue(store, [listener('api')], {}, { workers: false }, name);
    await startQueue(store, [listener('mailer')], {}, { workers: ['mails'] }, name);
    await api.events.dispatch(new Mail({ no: 1 }));
    await api.events.dispatch(new Job({ no: 1 }));
    await until('the mail is heard', () => heard.length === 1);
    expect(heard).toEqual(['mailer: Mail']);
    await startQueue(store, [listener('worker')], {}, { workers: [name] }, name);
    await until('the other is heard', () => heard.length === 2);
    expect(heard).toEqual(['mailer: Mail', 'worker: Job']);
  });

  test('each get some of the deliveries, and none twice', async () => {
    const name = store.uniqueName();
    const first = await startQueue(store, [Worker], { concurrency: 2 }, {}, name);
    const second = await startQueue(store, [Worker], { concurrency: 2 }, {}, name);
    const workers = [first.app.get(Worker), second.app.get(Worker)];
    // Neither goes on before the other has some: how fast they are is not what this is about.
    const begun = new Set<Worker>();
    const both = Promise.withResolvers<void>();
    for (const worker of workers) {
      worker.act = async () => {
        if (begun.add(worker).size === workers.length) both.resolve();
        await both.promise;
      };
    }
    await Promise.all(Array.from({ length: 200 }, (_, no) => first.events.dispatch(new Job({ no }))));
    const runs = (): number[] => workers.flatMap((worker) => worker.runs);
    await until('all have run', () => runs().length >= 200);
    expect(runs().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, no) => no));
    expect(Math.min(...workers.map((worker) => worker.runs.length))).toBeGreaterThan(0);
  });
});
