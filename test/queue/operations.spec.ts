import { jest } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  InvalidOptionsError,
  MonitoredDriver,
  OnEvent,
  ResilientDriver,
  RetryDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { closeApps } from '../support/app.js';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { rejectionOf } from '../support/drivers.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onEachStore, onPostgres, onServers, startQueue } from '../support/queue.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

afterEach(closeApps);

@Event({ name: 'mail.sent', queue: 'mails' })
class Mail extends BaseEvent<{ no: number }> {}

@Event({ name: 'bill.due', driver: 'careful' })
class Bill extends BaseEvent<{ no: number }> {}

@Event({ name: 'parcel.sent', driver: 'watched', queue: 'mails' })
class Parcel extends BaseEvent {}

@Injectable()
class Office {
  readonly done: string[] = [];
  isBroken = true;

  @OnEvent([Mail, Bill], { id: 'office' })
  handle(event: Mail | Bill): void {
    if (this.isBroken) throw new Error('the printer is broken');
    this.done.push(`${event.getName()} ${event.getPayload().no}`);
  }
}

const careful = EventConfig.createConfigDriver(ResilientDriver);

onEachStore('EventQueues', (store) => {
  test('counts, lists, redrives and purges what queues and ResilientDrivers gave up, with progress', async () => {
    const { app, events, queues, name } = await startQueue(
      store,
      [Office],
      { retries: 0 },
      { drivers: { careful } },
    );
    const office = app.get(Office);
    await events.dispatchMany(Array.from({ length: 7 }, (_, no) => new Mail({ no })));
    await events.dispatch(new Bill({ no: 100 }));
    await until('all are given up', async () => (await queues.listFailed()).length === 8);
    const counts = await queues.count();
    expect(counts.toSorted((a, b) => a.driver.localeCompare(b.driver))).toEqual([
      {
        driver: 'careful',
        queue: 'careful',
        event: 'bill.due',
        listener: 'office',
        ready: 0,
        delayed: 0,
        active: 0,
        completed: 0,
        failed: 1,
      },
      {
        driver: name,
        queue: `${name}.mails`,
        event: 'mail.sent',
        listener: 'office',
        ready: 0,
        delayed: 0,
        active: 0,
        completed: 0,
        failed: 7,
      },
    ]);
    const failed = await queues.listFailed({ driver: name });
    expect(failed.map(({ payload }) => (payload as { no: number }).no).toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ]);
    expect(await queues.listFailed({ event: 'bill.due' })).toHaveLength(1);
    expect(await queues.listFailed({ queue: `${name}.mails` }, 3)).toHaveLength(3);
    expect(await queues.listFailed({ before: new Date(0) })).toEqual([]);

    office.isBroken = false;
    const { id } = failed.find(({ payload }) => (payload as { no: number }).no === 2)!;
    expect(await queues.previewRedrive({ ids: [id] })).toBe(1);
    expect(await queues.redrive({ ids: [id] })).toBe(1);
    await until('that one is done', () => office.done.length === 1);
    expect(office.done).toEqual(['mail.sent 2']);
    expect(await queues.redrive({ event: 'bill.due' })).toBe(1);
    expect(office.done).toEqual(['mail.sent 2', 'bill.due 100']);
    const progress: number[][] = [];
    expect(
      await queues.redrive({}, { limit: 4, onProgress: (done, total) => progress.push([done, total]) }),
    ).toBe(4);
    expect(progress.at(-1)).toEqual([4, 4]);
    await until('these are done', () => office.done.length === 6);
    expect(await queues.purge({ driver: name })).toBe(2);
    expect(await queues.listFailed()).toEqual([]);
  });

  store.testOnServers('tries once what fails again and again', async () => {
    const { app, events, queues, name } = await startQueue(
      store,
      [Office],
      { retries: 0, pollIntervalMs: 50 },
      { drivers: { careful } },
    );
    const office = app.get(Office);
    const handle = jest.spyOn(office, 'handle');
    await events.dispatchMany([1, 2, 3].map((no) => new Mail({ no })));
    await events.dispatchMany([4, 5, 6].map((no) => new Bill({ no })));
    await until('all are given up', async () => (await queues.listFailed()).length === 6);
    expect(handle).toHaveBeenCalledTimes(6);
    // Slow enough for what was put back to have failed before there is a next step.
    handle.mockImplementation((event) => {
      if (event.getPayload().no !== 4) throw new Error('still broken');
    });
    const driver = events.getDriver(name);
    const operations = driver.getOperations!()!;
    const redrive = operations.redrive.bind(operations);
    jest.spyOn(operations, 'redrive').mockImplementation(async (filter, limit) => {
      const moved = await redrive(filter, Math.min(limit, 1));
      await until('it fails again', async () => (await operations.listFailed({}, 9)).length === 3);
      return moved;
    });
    expect(await queues.redrive()).toBe(4);
    expect(handle).toHaveBeenCalledTimes(12);
  });

  test('takes no queue for another, and an id that is none for one that is not there', async () => {
    const { app, events, queues, name } = await startQueue(
      store,
      [Office],
      { retries: 0 },
      { drivers: { careful } },
    );
    await events.dispatchMany([new Mail({ no: 1 }), new Bill({ no: 2 })]);
    await until('both are given up', async () => (await queues.listFailed()).length === 2);
    app.get(Office).isBroken = false;
    expect(await queues.previewRedrive({ queue: `${name}.mails` })).toBe(1);
    expect(await queues.previewRedrive({ ids: ['12'] })).toBe(0);
    expect(await queues.redrive({ ids: ['12'] })).toBe(0);
    expect(await queues.purge({ queue: `${name}.mails` })).toBe(1);
    expect(await queues.listFailed()).toEqual([expect.objectContaining({ driverName: 'careful' })]);
    expect(await queues.purge({ queue: 'careful' })).toBe(1);
  });

  store.testOnServers('pauses and resumes a queue', async () => {
    const { app, events, queues, name } = await startQueue(store, [Office], {}, { drivers: { careful } });
    const office = app.get(Office);
    office.isBroken = false;
    const queue = `${name}.mails`;
    await queues.pause(queue);
    expect(await queues.getPaused()).toEqual([queue]);
    expect(await queues.getQueues()).toEqual([
      { driver: name, queue: name, isPaused: false },
      { driver: name, queue, isPaused: true },
    ]);
    await events.dispatch(new Mail({ no: 1 }));
    await until('it waits', async () => (await queues.count()).some(({ ready }) => ready === 1));
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(office.done).toEqual([]);
    await queues.resume(queue);
    await until('it is done', () => office.done.length === 1);
    expect(await queues.getPaused()).toEqual([]);
    await expect(queues.pause('nowhere')).rejects.toThrow(InvalidOptionsError);
    await expect(queues.pause('nowhere')).rejects.toThrow(
      new RegExp(`there is no queue 'nowhere'.*'${queue}'`),
    );
  });

  store.testOnServers('explains which way an event goes, and why', async () => {
    @Injectable()
    class Archive {
      @OnEvent(Mail, { driver: 'retry', order: 1, when: () => true })
      store(): void {}
    }
    const name = store.uniqueName();
    const { queues } = await startQueue(
      store,
      [Office, Archive],
      { driver: 'limit' },
      {
        drivers: {
          careful,
          watched: EventConfig.createConfigDriver(MonitoredDriver, { driver: name }),
          limit: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 1000 }),
          retry: EventConfig.createConfigDriver(RetryDriver, { driver: 'limit' }),
        },
      },
      name,
    );
    expect(queues.explain(Mail)).toEqual({
      event: 'mail.sent',
      version: 1,
      deliveries: [
        {
          listener: 'office',
          driver: name,
          stack: 'QueueDriver -> TimeoutDriver',
          queue: `${name}.mails`,
          because: 'it is the defaultDriver',
        },
        {
          listener: 'Archive.store',
          driver: 'retry',
          stack: 'RetryDriver -> TimeoutDriver',
          queue: undefined,
          because: 'the listener names it',
          conditional: true,
        },
      ],
    });
    expect(queues.explain(new Bill({ no: 1 })).deliveries).toEqual([
      expect.objectContaining({ driver: 'careful', because: 'the event names it' }),
    ]);
    expect(queues.explain('bill.due')).toEqual(queues.explain(Bill));
    expect(queues.explain(Parcel).deliveries).toEqual([
      expect.objectContaining({
        stack: 'MonitoredDriver -> QueueDriver -> TimeoutDriver',
        queue: `${name}.mails`,
      }),
    ]);
    expect(() => queues.explain('mail.snet')).toThrow(
      /knows no event 'mail\.snet', and no listener hears that name; it knows .*'mail\.sent'/,
    );
    for (const wrong of ['mail.snet', undefined, null, {}, 5]) {
      expect(() => queues.explain(wrong as never)).toThrow(InvalidOptionsError);
    }
  });
});

onPostgres('EventQueues without an answer', (store) => {
  test('reject within the time that their engine was given', async () => {
    const proxy = await TcpProxy.openFor(DATABASE_URL);
    const creator = PgBossWorkerCreator.forRoot({
      connection: proxy.through(DATABASE_URL),
      schema: store.schema.name,
      timeoutMs: 500,
    });
    const { queues, name, driver } = await startQueue(
      { ...store, creator },
      [Office],
      {},
      { drivers: { careful } },
    );
    // pg-boss has looked for the queue of dead letters then.
    await queues.listFailed();
    proxy.blackhole();
    const started = performance.now();
    const calls: Record<string, () => Promise<unknown>> = {
      count: () => queues.count(),
      listFailed: () => queues.listFailed(),
      previewRedrive: () => queues.previewRedrive(),
      redrive: () => queues.redrive(),
      redriveStep: () => driver.getOperations()!.redrive({}, 10),
      purge: () => queues.purge(),
      pause: () => queues.pause(name),
      resume: () => queues.resume(name),
      getPaused: () => queues.getPaused(),
      listQueues: () => driver.getEngine().listQueues(),
    };
    const codes = await Promise.all(
      Object.entries(calls).map(async ([what, call]) => [
        what,
        ((await rejectionOf(call())) as { code?: string }).code,
      ]),
    );
    expect(codes).toEqual(Object.keys(calls).map((what) => [what, 'EVENTS_STORE_TIMEOUT']));
    // Of the first statement of each, of which some have six times the time.
    expect(performance.now() - started).toBeLessThan(10_000);
    await proxy.close();
  });
});

onServers('A queue that nobody names any more', (store) => {
  test('is warned of with what is in it, and its dead letters are left until it is named again', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const warnings = (): string[] =>
      warn.mock.calls.map(([message]) => String(message)).filter((text) => text.includes('.old'));
    const name = store.uniqueName();
    const old = `${name}.old`;
    const start = (options: object, config: object = {}) =>
      startQueue(store, [Office], { retries: 0, ...options }, { ...config, drivers: { careful } }, name);
    const before = await start({ queues: ['old'] });
    await before.events.dispatch(new Mail({ no: 1 }), { queue: 'old' });
    await before.events.dispatch(new Mail({ no: 2 }), { queue: 'old', orderingKey: 'key' });
    await before.events.dispatch(new Mail({ no: 3 }));
    await until('all are given up', async () => (await before.queues.listFailed()).length === 3);
    await before.queues.pause(old);
    await before.events.dispatch(new Mail({ no: 4 }), { queue: 'old' });
    await before.events.dispatch(new Mail({ no: 5 }), { queue: 'old', orderingKey: 'key' });
    await before.app.close();

    const api = await start({}, { workers: false });
    expect(warnings()).toEqual([]);
    await api.app.close();
    const after = await start({});
    expect(warnings()).toEqual([
      expect.stringMatching(
        new RegExp(
          `queue '${old}' has 2 deliveries in the store.*driver '${name}'.*: add 'old' to its option 'queues'$`,
        ),
      ),
    ]);
    after.app.get(Office).isBroken = false;
    warn.mockClear();
    expect(await after.queues.previewRedrive()).toBe(1);
    expect(await after.queues.redrive()).toBe(1);
    await until('it is done', () => after.app.get(Office).done.length === 1);
    expect(warnings()[0]).toMatch(
      new RegExp(`queue '${old}' has had 2 of the dead letters, which are left.*add 'old'`),
    );
    expect(await after.queues.redrive({ queue: old })).toBe(0);
    const left = (await after.queues.listFailed()).map(({ queue }) => queue);
    expect(left).toEqual([old, old]);
    await after.app.close();

    warn.mockClear();
    const again = await start({ queues: ['old'] });
    again.app.get(Office).isBroken = false;
    await again.queues.resume(old);
    expect(await again.queues.redrive()).toBe(2);
    await until('all are done', () => again.app.get(Office).done.length === 4);
    expect(warnings()).toEqual([]);
    warn.mockRestore();
  });
});
