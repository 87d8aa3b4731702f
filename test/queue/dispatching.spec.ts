import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventService,
  InvalidOptionsError,
  InvalidPayloadError,
  OnEvent,
  QueueDriver,
  RetryDriver,
  type StandardSchemaV1,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { settle } from '../support/drivers.js';
import { onEachStore, onServers, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

@Event({ name: 'order.placed' })
class OrderPlaced extends BaseEvent<{ no: number; at?: Date; lines?: Map<string, bigint> }> {
  describe(): string {
    return `order ${this.getPayload().no}`;
  }
}

class Worked extends BaseEvent<{ no: number }> {
  static readonly worked: number[] = [];

  override execute(): Promise<void> {
    Worked.worked.push(this.getPayload().no);
    return Promise.resolve();
  }
}

@Injectable()
class Recorder {
  readonly heard: OrderPlaced[] = [];

  @OnEvent(OrderPlaced)
  record(event: OrderPlaced): void {
    this.heard.push(event);
  }

  get numbers(): number[] {
    return this.heard.map((event) => event.getPayload().no);
  }
}

@Injectable()
class Second {
  @OnEvent(OrderPlaced)
  listen(): void {}
}

onEachStore('A queue', (store) => {
  test('delivers an event to its listeners as an instance of its class, with all that JSON cannot say', async () => {
    const { app, events } = await startQueue(store, [Recorder]);
    const { heard } = app.get(Recorder);
    const event = new OrderPlaced({ no: 7, at: new Date(86_400_000), lines: new Map([['a', 2n ** 60n]]) });
    await events.dispatch(event);
    await until('it is heard', () => heard.length === 1);
    expect(heard[0]).toBeInstanceOf(OrderPlaced);
    expect(heard[0]).not.toBe(event);
    expect(heard[0]!.describe()).toBe('order 7');
    expect(heard[0]!.getPayload()).toEqual(event.getPayload());
    expect(heard[0]!.getId()).toBe(event.getId());
  });

  test("does the event's own work, and delivers to each listener on its own", async () => {
    const { app, events, queues, name } = await startQueue(
      store,
      [Recorder, Second],
      {},
      { events: [Worked] },
    );
    await events.dispatch(new Worked({ no: 3 }));
    await events.dispatch(new OrderPlaced({ no: 4 }));
    await until('all is done', () => Worked.worked.includes(3) && app.get(Recorder).heard.length === 1);
    await until('it is recorded', async () => {
      const counts = await queues.count();
      return counts.reduce((sum, { completed }) => sum + completed, 0) === 3;
    });
    const counts = await queues.count();
    expect(
      counts
        .map(({ queue, event, listener }) => [queue, event, listener])
        .toSorted((a, b) => String(a).localeCompare(String(b))),
    ).toEqual([
      [name, 'order.placed', 'Recorder.record'],
      [name, 'order.placed', 'Second.listen'],
      [name, 'Worked', undefined],
    ]);
  });

  test('stores one event object once, however often it is dispatched', async () => {
    const { app, events } = await startQueue(store, [Recorder]);
    const event = new OrderPlaced({ no: 1 });
    await Promise.all([events.dispatch(event), events.dispatch(event)]);
    await events.dispatch(event);
    await events.dispatch(new OrderPlaced({ no: 2 }));
    await until('the last is heard', () => app.get(Recorder).numbers.includes(2));
    expect(app.get(Recorder).numbers.toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  store.testOnServers('takes two events with one idempotency key for one', async () => {
    const { app, events } = await startQueue(store, [Recorder]);
    await events.dispatch(new OrderPlaced({ no: 1 }), { idempotencyKey: 'order-1' });
    await events.dispatch(new OrderPlaced({ no: 2 }), { idempotencyKey: 'order-1' });
    await events.dispatch(new OrderPlaced({ no: 3 }), { idempotencyKey: (event) => `${event.getName()}-3` });
    await until('the last is heard', () => app.get(Recorder).numbers.includes(3));
    expect(app.get(Recorder).numbers.toSorted((a, b) => a - b)).toEqual([1, 3]);
  });

  test('stores dispatches that wait at the same moment together, and each event completely or not at all', async () => {
    const { app, events, driver } = await startQueue(store, [Recorder, Second]);
    const sizes: number[] = [];
    const engine = driver.getEngine();
    const inner = engine.store.bind(engine);
    engine.store = (queue, deliveries, transaction) => {
      sizes.push(deliveries.length);
      return inner(queue, deliveries, transaction);
    };
    await Promise.all(Array.from({ length: 100 }, (_, no) => events.dispatch(new OrderPlaced({ no }))));
    expect(sizes.length).toBeLessThan(10);
    expect(sizes.every((size) => size % 2 === 0)).toBe(true);
    await until('all are heard', () => app.get(Recorder).heard.length === 100);
    sizes.length = 0;
    await events.dispatchMany(Array.from({ length: 700 }, (_, no) => new OrderPlaced({ no: no + 1000 })));
    expect(sizes).toEqual([1400]);
    await until('these as well', () => app.get(Recorder).heard.length === 800, 20_000);
  });

  store.testOnServers(
    'refuses what cannot be stored to whoever dispatches it, and to nobody else',
    async () => {
      const { app, events } = await startQueue(store, [Recorder]);
      const bad = new OrderPlaced({ no: 1, at: (() => 1) as never });
      const outcomes = await Promise.allSettled([
        events.dispatch(new OrderPlaced({ no: 1 })),
        events.dispatch(bad),
        events.dispatch(new OrderPlaced({ no: 2 })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      await expect(events.dispatch(bad)).rejects.toThrow(InvalidPayloadError);
      await expect(events.dispatch(bad)).rejects.toThrow(/payload\.at/);
      await expect(events.dispatchMany([new OrderPlaced({ no: 3 }), bad])).rejects.toThrow(
        InvalidPayloadError,
      );
      await events.dispatch(new OrderPlaced({ no: 4 }));
      await until('the last is heard', () => app.get(Recorder).numbers.includes(4));
      expect(app.get(Recorder).numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 4]);
    },
  );

  store.testOnServers('takes the payload as it is at the dispatch', async () => {
    const { app, events } = await startQueue(store, [Recorder]);
    const payload = { no: 1 };
    const stored = events.dispatch(new OrderPlaced(payload));
    payload.no = 2;
    await stored;
    await until('it is heard', () => app.get(Recorder).heard.length === 1);
    expect(app.get(Recorder).numbers).toEqual([1]);
  });

  store.testOnServers('holds against its schema, however long that takes, what it stores', async () => {
    const seen: unknown[] = [];
    const schema: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => {
          seen.push(structuredClone(value));
          await settle();
          const payload = value as { no: number };
          const issues = payload.no < 0 ? [{ message: 'it is negative', path: ['no'] }] : undefined;
          payload.no += 100;
          return issues === undefined ? { value } : { issues };
        },
      },
    };
    @Event({ schema })
    class Checked extends BaseEvent<{ no: number; at: Date }> {}
    const heard: number[] = [];
    @Injectable()
    class Listener {
      @OnEvent(Checked)
      hear(event: Checked): void {
        heard.push(event.getPayload().no);
      }
    }
    const { events } = await startQueue(store, [Listener]);
    const create = (no: number): Checked => new Checked({ no, at: new Date(0) });
    const many = [create(1), create(2)];
    const stored = events.dispatchMany(many);
    for (const event of many) event.getPayload().no = -1;
    await stored;
    expect(seen).toEqual([1, 2].map((no) => ({ no, at: new Date(0) })));
    await until('both are heard', () => heard.length === 2);
    expect(heard.toSorted((a, b) => a - b)).toEqual([101, 102]);

    const bad = create(-1);
    const refused = events.dispatchMany([bad, create(3)]);
    bad.getPayload().no = 1;
    await expect(refused).rejects.toThrow(/payload\.no: it is negative/);
    const unfit = new Checked({ no: 1, at: (() => 1) as never });
    await expect(events.dispatchMany([create(-1), unfit])).rejects.toThrow(/payload\.at/);
    await settle();
  });

  store.testOnServers(
    'refuses options that a driver cannot honour, at the dispatch and at start-up',
    async () => {
      const { events } = await startQueue(store, [Recorder]);
      const dispatch = (options: object): Promise<void> =>
        events.dispatch(new OrderPlaced({ no: 1 }), options);
      await expect(dispatch({ driver: 'sync', delay: '5m' })).rejects.toThrow(UnsupportedOptionError);
      await expect(dispatch({ driver: 'sync', transaction: {} })).rejects.toThrow(/afterCommit: true/);
      await expect(dispatch({ queue: 'nowhere' })).rejects.toThrow(/no queue 'nowhere'.*There are 'default'/);
      await expect(dispatch({ delay: '5x' })).rejects.toThrow(InvalidOptionsError);
      await expect(dispatch({ delay: 1, at: new Date() })).rejects.toThrow(/at and delay/);
      await expect(dispatch({ afterCommit: true })).rejects.toThrow(
        /afterCommit needs (?:the transaction|a driver that can store in a transaction)/,
      );
      await closeApps();

      @Injectable()
      class Delayed {
        @OnEvent(OrderPlaced, { delay: '1m', driver: 'sync' })
        listen(): void {}

        @OnEvent(OrderPlaced, { id: 'tx', transactional: true, driver: 'sync' })
        transactional(): void {}
      }
      await expect(startApp(syncConfig(), [Delayed])).rejects.toThrow(
        /2 problems[^]*Delayed\.listen.*asks for 'delay'[^]*'transactional', which its driver 'sync' cannot honour/,
      );
    },
  );
});

onServers('The options of a dispatch', (store) => {
  test('reach the store, those of the call before those of the listener, the event and the driver', async () => {
    @Event({ delay: '1h', priority: 1, retries: 1, group: 'event', expireIn: '10s' })
    class Shipped extends BaseEvent<{ no: number }> {}

    @Injectable()
    class Listener {
      @OnEvent(Shipped, { priority: 2, retries: 2, group: (event) => `listener ${event.getPayload().no}` })
      listen(): void {}
    }
    const { events, name } = await startQueue(store, [Listener], { priority: 9 }, { workers: false });
    await events.dispatch(new Shipped({ no: 5 }), { priority: 3 });
    expect(await store.readJobs(name)).toEqual([
      {
        priority: 3,
        retries: 2,
        group: 'listener 5',
        orderingKey: null,
        delayMs: 3_600_000,
        timeoutMs: 10_000,
        attempts: 0,
      },
    ]);
    const at = new Date(Date.now() + 60_000);
    await events.dispatch(new Shipped({ no: 6 }), { at, driver: name });
    const later = (await store.readJobs(name)).find(({ group }) => group === 'listener 6');
    expect(Math.abs(later!.delayMs - 60_000)).toBeLessThan(5000);
    await events.dispatch(new Shipped({ no: 7 }), { delay: 0, orderingKey: 'k', driver: name });
    const ordered = (await store.readJobs(name)).find(({ orderingKey }) => orderingKey === 'k');
    expect(ordered).toMatchObject({ group: 'listener 7', delayMs: 0 });
  });

  test('examples of the specification: at once, delayed, and once', async () => {
    const [immediate, delayed, once] = [store.uniqueName(), store.uniqueName(), store.uniqueName()];
    const configure = (options: { retries: number; runAfterSeconds: number; runOnce?: boolean }) =>
      EventConfig.createConfigDriver(QueueDriver, { workerCreator: store.creator, ...options });
    const app = await startApp(
      syncConfig({
        workers: false,
        events: [Worked],
        drivers: {
          [immediate]: configure({ retries: 3, runAfterSeconds: 0 }),
          [delayed]: configure({ retries: 5, runAfterSeconds: 30 }),
          [once]: configure({ retries: 1, runAfterSeconds: 0, runOnce: true }),
          retry: EventConfig.createConfigDriver(RetryDriver, { driver: immediate }),
        },
      }),
    );
    const events = app.get(EventService);
    for (const driver of [immediate, delayed, once]) await events.dispatch(new Worked({ no: 1 }), driver);
    const read = async (driver: string): Promise<number[][]> =>
      (await store.readJobs(driver))
        .map(({ retries, delayMs }) => [retries, delayMs])
        .toSorted(([, one], [, other]) => one! - other!);
    expect(await read(immediate)).toEqual([[3, 0]]);
    expect(await read(delayed)).toEqual([[5, 30_000]]);
    expect(await read(once)).toEqual([[0, 0]]);
    // Options pass through a driver that wraps the queue.
    await events.dispatch(new Worked({ no: 2 }), { driver: 'retry', delay: 5000 });
    expect(await read(immediate)).toEqual([
      [3, 0],
      [3, 5000],
    ]);
  });
});
