import { Injectable } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  BaseEvent,
  DeliveryAbortedError,
  DriverClosedError,
  EventService,
  OnEvent,
} from 'nestjs-event-drivers';
import { closeApps } from '../support/app.js';
import { captureLogs } from '../support/drivers.js';
import { onEachStore, onPostgres, onServers, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeApps();
});

class Job extends BaseEvent<{ no: number }> {}

@Injectable()
class Worker {
  readonly started: number[] = [];
  readonly done: number[] = [];
  readonly reasons: unknown[] = [];
  act: (event: Job, signal?: AbortSignal) => unknown = () => undefined;

  @OnEvent(Job)
  async work(event: Job, signal?: AbortSignal): Promise<void> {
    const { no } = event.getPayload();
    this.started.push(no);
    signal?.addEventListener('abort', () => this.reasons.push(signal.reason));
    await this.act(event, signal);
    this.done.push(no);
  }
}

onEachStore('A shutdown', (store) => {
  test('waits for what is running, which may still dispatch, and takes nothing more', async () => {
    const { app, events } = await startQueue(store, [Worker], { concurrency: 2 });
    const worker = app.get(Worker);
    const gate = Promise.withResolvers<void>();
    worker.act = async (event) => {
      await gate.promise;
      await app.get(EventService).dispatch(new Job({ no: event.getPayload().no + 100 }));
    };
    await events.dispatchMany([1, 2, 3, 4].map((no) => new Job({ no })));
    await until('two are running', () => worker.started.length === 2);
    const closed = app.close();
    gate.resolve();
    await closed;
    expect(worker.done).toEqual(worker.started);
    expect(worker.started).toHaveLength(2);
    await expect(events.dispatch(new Job({ no: 9 }))).rejects.toThrow(DriverClosedError);
  });

  store.testOnServers('may be asked for at any time, and more than once', async () => {
    const { app, driver } = await startQueue(store, [Worker]);
    await Promise.all([driver.close(), driver.drain(), app.close(), driver.close()]);
    await app.close();
  });
});

onServers('A shutdown', (store) => {
  test('hands back what does not end in time, with its attempts as they were', async () => {
    const name = store.uniqueName();
    const first = await startQueue(store, [Worker], { retries: 0 }, { shutdownTimeoutMs: 200 }, name);
    const worker = first.app.get(Worker);
    worker.act = () => new Promise(() => {});
    await first.events.dispatchMany([new Job({ no: 1 }), new Job({ no: 2 })]);
    await until('both are running', () => worker.started.length === 2);
    const started = performance.now();
    await first.app.close();
    expect(performance.now() - started).toBeLessThan(1200);
    expect(worker.reasons).toHaveLength(2);
    expect(worker.reasons[0]).toBeInstanceOf(DeliveryAbortedError);
    expect(worker.reasons[0]).toMatchObject({ why: 'shutdown' });

    const second = await startQueue(store, [Worker], { retries: 0 }, {}, name);
    await until('both are done', () => second.app.get(Worker).done.length === 2);
    expect(await second.queues.listFailed()).toEqual([]);
    await until('both are recorded as tried once', async () => {
      const attempts = (await store.readJobs(name)).map((job) => job.attempts);
      return attempts.length === 2 && attempts.every((count) => count === 1);
    });
  });
});

onPostgres('A shutdown', (store) => {
  test('at a signal is not to be had without shutdown hooks, and that is said', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    await startQueue(store, [Worker]);
    const check = timers.mock.calls.find(([, delay]) => delay === 2000)?.[0] as () => void;
    timers.mockRestore();
    const logs = captureLogs();
    const listeners = process.listeners('SIGTERM');
    process.removeAllListeners('SIGTERM');
    check();
    expect(logs).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(/Nothing listens to SIGTERM.*app\.enableShutdownHooks\(\)/),
      },
    ]);
    const listener = jest.fn();
    process.on('SIGTERM', listener);
    check();
    expect(logs).toHaveLength(1);
    process.off('SIGTERM', listener);
    for (const other of listeners) process.on('SIGTERM', other);
  });
});
