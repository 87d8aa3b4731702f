import { Injectable } from '@nestjs/common';
import {
  AsyncDriver,
  BaseDriver,
  BaseEvent,
  CircuitOpenError,
  EventConfig,
  EventService,
  EventTimeoutError,
  type IBaseEvent,
  InvalidOptionsError,
  OnEvent,
  PostponeError,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  TimeoutDriver,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { InMemoryWorkerCreator, TestClock } from 'nestjs-event-drivers/testing';
import { closeWatchedApps, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

class Happened extends BaseEvent<{ id: number }> {}

@Injectable()
class Listener {
  readonly heard: string[] = [];
  work: (event: Happened) => unknown = () => undefined;

  @OnEvent(Happened)
  async on(event: Happened): Promise<void> {
    this.heard.push(`${event.getPayload().id} at ${seconds()}`);
    await this.work(event);
  }
}

const START = Date.parse('2026-01-01T00:00:00Z');
let clock: TestClock;

/** How many seconds the clock has been moved by. */
function seconds(): number {
  return (clock.now() - START) / 1000;
}

function failing(times: number, error: () => unknown = () => networkError()): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw error();
  };
}

function networkError(): Error {
  return Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
}

class WaitingDriver extends BaseDriver {
  async dispatch(event: IBaseEvent): Promise<void> {
    await this.getClock().sleep(90_000);
    await event.execute();
  }
}

async function start(drivers = {}) {
  clock = new TestClock(START);
  const app = await watch({ mode: 'spy', clock }, [Listener], {
    drivers: {
      waiting: EventConfig.createConfigDriver(WaitingDriver),
      retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 4, delayMs: 60_000 }),
      timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 30_000 }),
      background: EventConfig.createConfigDriver(AsyncDriver, { background: true, driver: 'retry' }),
      resilient: EventConfig.createConfigDriver(ResilientDriver, {
        retry: { maxRetries: 1 },
        breaker: { failures: 1, resetAfterMs: 300_000 },
      }),
      ...drivers,
    },
  });
  return { ...app, listener: app.module.get(Listener) };
}

describe('advance()', () => {
  it('makes the attempts that come due on the way, each at its time', async () => {
    const { events, service, listener } = await start();
    listener.work = failing(3);
    const dispatched = service.dispatch(new Happened({ id: 1 }), 'retry');
    await events.advance('1h');
    await dispatched;
    expect(listener.heard).toEqual(['1 at 0', '1 at 60', '1 at 180', '1 at 360']);
    expect(seconds()).toBe(3600);
  });

  it('stops where it is told to', async () => {
    const { events, service, listener } = await start();
    listener.work = failing(2);
    await service.dispatch(new Happened({ id: 1 }), 'background');
    await events.advance(59_999);
    expect(listener.heard).toHaveLength(1);
    await events.advance(1);
    expect(listener.heard).toHaveLength(2);
    await expect(events.settled()).rejects.toThrow(
      "before the clock is moved (await events.advance('5m')):\n" +
        "  - Listener.on of Happened is left to driver 'background'",
    );
    await clock.advanceTo(new Date(START + 180_000));
    await events.settled();
    events.expectDelivered(Listener);
  });

  it('closes a circuit breaker when its time has come', async () => {
    const { events, service, listener } = await start();
    listener.work = failing(1);
    await service.dispatch(new Happened({ id: 1 }), 'resilient').catch(() => {});
    await events.advance('299s');
    await service.dispatch(new Happened({ id: 2 }), 'resilient').catch((error: unknown) => {
      expect(error).toBeInstanceOf(CircuitOpenError);
    });
    expect(listener.heard).toEqual(['1 at 0']);
    await events.advance('1s');
    await service.dispatch(new Happened({ id: 3 }), 'resilient');
    expect(listener.heard).toEqual(['1 at 0', '3 at 300']);
  });

  it('ends work that takes too long', async () => {
    const { events, service, listener } = await start();
    listener.work = () => new Promise(() => {});
    const dispatched = service.dispatch(new Happened({ id: 1 }), 'timeout').catch((error: unknown) => error);
    await events.advance('29s');
    await events.advance('1s');
    expect(await dispatched).toBeInstanceOf(EventTimeoutError);
  });

  it("moves the time of drivers of the application's own", async () => {
    const { events, service, listener } = await start();
    const dispatched = service.dispatch(new Happened({ id: 1 }), 'waiting');
    await events.advance('90s');
    await dispatched;
    expect(listener.heard).toEqual(['1 at 90']);
  });

  it('waits for work that takes some real time, also where a time limit is passed over', async () => {
    const { events, service, listener } = await start({
      queue: EventConfig.createConfigDriver(QueueDriver, {
        workerCreator: InMemoryWorkerCreator,
        retries: 0,
      }),
    });
    listener.work = () => new Promise((resolve) => setTimeout(resolve, 200));
    await service.dispatch(new Happened({ id: 1 }), { driver: 'queue', delay: '1h' });
    await events.advance('2h');
    events.expectDelivered(Listener);
  });

  it('waits for the work of every application that goes by the clock', async () => {
    const one = await start();
    const shared = clock;
    await start();
    clock = shared;
    const other = await watch({ mode: 'spy', clock: shared });
    one.listener.work = failing(1);
    const dispatched = one.service.dispatch(new Happened({ id: 1 }), 'retry');
    await other.events.advance('1m');
    await dispatched;
    expect(one.listener.heard).toEqual(['1 at 0', '1 at 60']);
  });

  it('moves once after the other', async () => {
    const { events } = await start();
    await Promise.all([events.advance('1m'), events.advance('1m')]);
    expect(seconds()).toBe(120);
  });

  it.each(['soon', -1, Number.NaN, undefined])('refuses %p', async (duration) => {
    const { events } = await start();
    await expect(events.advance(duration as never)).rejects.toThrow(InvalidOptionsError);
  });
});

describe('TestClock', () => {
  it('refuses what is no time, and to go back', async () => {
    expect(() => new TestClock('soon')).toThrow('soon');
    await expect(new TestClock(START).advanceTo(START - 1)).rejects.toThrow('is before');
  });

  it('calls timers back in the order of their time, and then of their making', async () => {
    const time = new TestClock(0);
    const calls: string[] = [];
    time.setTimer(() => calls.push('b'), 20);
    time.setTimer(() => calls.push('c'), 20);
    time.setTimer(() => {
      calls.push(`a at ${time.now()}`);
      time.setTimer(() => calls.push('next'), 5);
    }, 10);
    const off = time.setTimer(() => calls.push('off'), 10);
    time.clearTimer(off);
    time.clearTimer(off);
    await time.advance(15);
    expect(calls).toEqual(['a at 10', 'next']);
    await time.advance(5);
    expect(calls).toEqual(['a at 10', 'next', 'b', 'c']);
  });

  it('ends a wait whose signal is aborted', async () => {
    const controller = new AbortController();
    const waiting = new TestClock().sleep(1000, controller.signal);
    controller.abort();
    await waiting;
  });
});

it('a test without a clock is told how to have one', async () => {
  const { events } = await watch({ mode: 'spy' });
  await expect(events.advance('1m')).rejects.toThrow('{ clock: true }');
});

const ENGINES: readonly (readonly [string, () => WorkerCreatorSource])[] = [
  ['in memory', () => InMemoryWorkerCreator],
  ['embedded', () => PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } })],
];

function dispatch({ service }: Awaited<ReturnType<typeof start>>, id: number, options = {}): Promise<void> {
  return service.dispatch(new Happened({ id }), { driver: 'queue', ...options });
}

describe.each(ENGINES)('a queue, %s', (_name, createEngine) => {
  const startQueue = (options = {}) =>
    start({
      queue: EventConfig.createConfigDriver(QueueDriver, {
        workerCreator: createEngine(),
        jitter: false,
        delayMs: 10_000,
        ...options,
      }),
    });

  it('delivers at once what is not delayed', async () => {
    const app = await startQueue();
    await dispatch(app, 1);
    await app.events.settled();
    expect(app.listener.heard).toEqual(['1 at 0']);
  });

  it('delivers what is delayed when its time has come, and in the order of that', async () => {
    const app = await startQueue();
    await dispatch(app, 1, { delay: '5m' });
    await dispatch(app, 2, { at: new Date(START + 60_000) });
    await dispatch(app, 3, { delay: '1d' });
    await app.events.advance('59s');
    expect(app.listener.heard).toEqual([]);
    await app.events.advance('1h');
    expect(app.listener.heard).toEqual(['2 at 60', '1 at 300']);
    await app.events.advance('1d');
    expect(app.listener.heard).toEqual(['2 at 60', '1 at 300', '3 at 86400']);
    await app.events.settled();
  });

  it('tries again when the backoff is over, until it gives up', async () => {
    const app = await startQueue({ retries: 3 });
    app.listener.work = failing(4);
    await dispatch(app, 1);
    await app.events.advance('1m');
    expect(app.listener.heard).toEqual(['1 at 0', '1 at 10', '1 at 30']);
    await app.events.advance('10s');
    expect(app.listener.heard).toHaveLength(4);
    app.events.expectDeadLettered(Listener, 'no connection');
    await app.events.settled();
  });

  it('calls again what is postponed', async () => {
    const app = await startQueue();
    app.listener.work = failing(2, () => new PostponeError('1h'));
    await dispatch(app, 1);
    await app.events.advance('2h');
    expect(app.listener.heard).toEqual(['1 at 0', '1 at 3600', '1 at 7200']);
  });

  it('delivers on the way what deliveries dispatch', async () => {
    const app = await startQueue();
    app.listener.work = (event) =>
      event.getPayload().id < 3 ? dispatch(app, event.getPayload().id + 1, { delay: '1m' }) : undefined;
    await dispatch(app, 1);
    await app.events.advance('5m');
    expect(app.listener.heard).toEqual(['1 at 0', '2 at 60', '3 at 120']);
  });

  it('keeps the order of a key, though time stands still', async () => {
    const app = await startQueue({ concurrency: 5 });
    for (let id = 1; id <= 6; id++) await dispatch(app, id, { orderingKey: 'a' });
    await app.events.settled();
    expect(app.listener.heard).toEqual([1, 2, 3, 4, 5, 6].map((id) => `${id} at 0`));
  });
});

it('a rate limit keeps back what is one too many, until the clock is moved', async () => {
  const app = await start({
    queue: EventConfig.createConfigDriver(QueueDriver, {
      workerCreator: InMemoryWorkerCreator,
      rateLimit: { max: 2, per: '1m' },
    }),
  });
  for (let id = 1; id <= 5; id++) await dispatch(app, id);
  await expect(app.events.settled()).rejects.toThrow(
    "before the clock is moved (await events.advance('5m')):\n" +
      "  - Listener.on of Happened is in queue 'queue', kept back by the rate limit until 2026-01-01T00:01:00.000Z\n",
  );
  expect(app.listener.heard).toEqual(['1 at 0', '2 at 0']);
  await app.events.advance('5m');
  await app.events.settled();
  expect(app.listener.heard.slice(2)).toEqual(['3 at 60', '4 at 60', '5 at 120']);
});

it('settled() forgets what a transaction was rolled back with, though the time stands still', async () => {
  @Injectable()
  class Transactional {
    attempts = 0;

    constructor(private readonly service: EventService) {}

    @OnEvent(Happened, { driver: 'queue', transactional: true })
    async on(event: Happened): Promise<void> {
      if (event.getPayload().id > 1) return;
      await this.service.dispatch(new Happened({ id: 2 + this.attempts }));
      if (this.attempts++ === 0) throw networkError();
    }
  }
  const { events, service } = await watch({ mode: 'spy', clock: true }, [Transactional], {
    drivers: {
      queue: EventConfig.createConfigDriver(QueueDriver, {
        workerCreator: InMemoryWorkerCreator,
        delayMs: 0,
      }),
    },
  });
  await service.dispatch(new Happened({ id: 1 }));
  await events.advance('1m');
  await events.settled();
  events.expectNotDelivered(Transactional, { id: 2 });
  events.expectDelivered(Transactional, { id: 3 });
});

it.each(ENGINES.slice(0, 1))('a day costs no more than what happens in it', async (_name, createEngine) => {
  const app = await start({
    queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator: createEngine(), pollIntervalMs: 50 }),
  });
  await app.service.dispatch(new Happened({ id: 1 }), { driver: 'queue', delay: '99d' });
  await app.events.advance('100d');
  expect(app.listener.heard).toHaveLength(1);
});
