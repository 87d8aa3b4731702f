import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  EventConfig,
  EventQueues,
  EventTimeoutError,
  FallbackDriver,
  type IBaseEvent,
  OnEvent,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { closeWatchedApps, queueConfig, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

class Happened extends BaseEvent<{ id: number; text?: string }> {}
class Other extends BaseEvent<{ id: number }> {}

@Injectable()
class Listener {
  sum = 0;
  work: (event: Happened) => unknown = () => undefined;

  @OnEvent([Happened, Other])
  on(event: Happened): unknown {
    this.sum++;
    return this.work(event);
  }
}

const fail = (): never => {
  throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
};

const drivers = {
  ...queueConfig(InMemoryWorkerCreator).drivers,
  once: EventConfig.createConfigDriver(QueueDriver, {
    workerCreator: InMemoryWorkerCreator,
    timeout: 20,
    retries: 0,
  }),
  retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 0 }),
  timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 20 }),
  failing: EventConfig.createConfigDriver(ResilientDriver, { classify: () => 'fail' }),
  keeping: EventConfig.createConfigDriver(ResilientDriver, { classify: () => 'dead-letter' }),
  'keeping-queue': EventConfig.createConfigDriver(ResilientDriver, {
    driver: 'queue',
    classify: () => 'dead-letter',
  }),
  safe: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['failing', 'sync'] }),
};

async function start() {
  const app = await watch({ mode: 'spy' }, [Listener], { drivers });
  return { ...app, listener: app.module.get(Listener) };
}

describe('dispatchMany()', () => {
  it('is recorded once for each event, whichever way it goes', async () => {
    const { events, service } = await start();
    const many = [new Happened({ id: 1 }), new Other({ id: 2 })];
    await service.dispatchMany(many);
    await service.dispatchMany(many, 'queue');
    expect(events.dispatched()).toEqual([...many, ...many]);
    expect(events.getDispatches().every(({ status }) => status === 'resolved')).toBe(true);
  });

  it('has failed for all of what is stored together', async () => {
    const { events, service } = await start();
    events.faults.dropConnection('queue');
    const many = [new Happened({ id: 1 }), new Happened({ id: 2 })];
    await expect(service.dispatchMany(many, 'queue')).rejects.toThrow('dropped the connection');
    expect(events.getDispatches().map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('has failed for the event that has, of those that are delivered one by one', async () => {
    const { events, service, listener } = await start();
    listener.work = (event) => (event.getPayload().id === 2 ? fail() : undefined);
    const many = [1, 2, 3].map((id) => new Happened({ id }));
    await expect(service.dispatchMany(many)).rejects.toThrow('no connection');
    expect(events.getDispatches().map(({ status }) => status)).toEqual(['resolved', 'rejected', 'resolved']);
  });
});

describe('a dead letter', () => {
  it('is only what is kept', async () => {
    const { events, service, listener } = await start();
    listener.work = fail;
    await service.dispatch(new Happened({ id: 1 }), 'failing').catch(() => {});
    await service.dispatch(new Happened({ id: 2 }), 'keeping');
    await events.settled();
    events.expectFailed(Listener, 'no connection', { id: 1 });
    expect(() => events.expectDeadLettered(Listener, undefined, { id: 1 })).toThrow('it was not');
    events.expectDeadLettered(Listener, 'no connection', { id: 2 });
  });

  it('is none any more when it was tried again with success, and still one where not', async () => {
    const { events, service, listener, module } = await start();
    listener.work = fail;
    await service.dispatch(new Happened({ id: 1 }), 'keeping');
    await module
      .get(EventQueues)
      .redrive({})
      .catch(() => {});
    events.expectDeadLettered(Listener);
    listener.work = () => undefined;
    await module.get(EventQueues).redrive({});
    events.expectDelivered(Listener);
    expect(() => events.expectDeadLettered(Listener)).toThrow('it was not');
  });

  it('may be of what could not be stored', async () => {
    const { events, service } = await start();
    events.faults.dropConnection('queue');
    await service.dispatch(new Happened({ id: 1 }), 'keeping-queue');
    events.expectDeadLettered(Listener, 'dropped the connection');
  });

  it('is none where another driver has taken over', async () => {
    const { events, service } = await start();
    events.faults.failNext();
    await service.dispatch(new Happened({ id: 1 }), 'safe');
    events.expectDelivered(Listener);
    await events.settled();
    expect(() => events.expectDeadLettered(Listener)).toThrow('it was not');
  });
});

describe.each(['timeout', 'once'])('what takes too long, by driver %s', (driver) => {
  it('has failed with that, whatever becomes of it', async () => {
    const { events, service, listener } = await start();
    const stuck = Promise.withResolvers<void>();
    listener.work = () => stuck.promise;
    await service.dispatch(new Happened({ id: 1 }), driver).catch(() => {});
    await events.settled();
    events.expectFailed(Listener, EventTimeoutError);
    stuck.resolve();
    await events.settled();
    events.expectNotDelivered(Listener);
    events.expectFailed(Listener, EventTimeoutError);
  });
});

it('settled() does not wait for what is dispatched after it was called', async () => {
  const { events, service, listener } = await start();
  listener.work = () => new Promise((resolve) => setTimeout(resolve, 20));
  const poller = setInterval(() => void service.dispatch(new Other({ id: 1 })), 5);
  await service.dispatch(new Happened({ id: 1 }), 'queue');
  await events.settled({ timeoutMs: 2000 });
  clearInterval(poller);
  events.expectDelivered(Listener);
  await events.settled();
});

it('what is delivered at once is delivered at once, as without being watched', async () => {
  const { service, listener } = await start();
  void service.dispatch(new Happened({ id: 1 }));
  expect(listener.sum).toBe(1);
});

it('listeners that dispatch to one another at once may do so many times', async () => {
  const { events, service, listener } = await start();
  listener.work = (event) => {
    const { id } = event.getPayload();
    return id < 1000 ? service.dispatch(new Happened({ id: id + 1 })) : undefined;
  };
  await service.dispatch(new Happened({ id: 1 }));
  events.expectDispatchedTimes(Happened, 1000);
  events.expectDeliveredTimes(Listener, 1000);
});

it('finds each of several events that have one id', async () => {
  class Same extends Happened {
    override getId(): string {
      return 'same';
    }
  }
  const { events, service } = await start();
  await service.dispatch(new Same({ id: 1, text: 'a' }));
  await service.dispatch(new Same({ id: 2, text: 'b' }));
  events.expectDelivered(Listener, { text: 'a' });
  events.expectDelivered(Listener, { text: 'b' });
  events.expectDeliveredTimes(Listener, 1, { id: 2 });
});

it('knows what is stored of events that have no id', async () => {
  class Plain implements IBaseEvent {
    constructor(private readonly payload: unknown = {}) {}

    getName(): string {
      return 'plain';
    }

    getPayload(): unknown {
      return this.payload;
    }

    async execute(): Promise<void> {}
  }
  const { events, service } = await watch({ mode: 'spy' }, [], { drivers, events: [Plain] });
  await service.dispatch(new Plain({ id: 1 }), 'queue');
  await events.settled();
  expect(events.getDeliveries()).toHaveLength(1);
  expect(events.expectDelivered(Plain, { id: 1 })).toMatchObject({ driver: 'queue' });
});

it('takes a pattern for an error as often as it is asked', async () => {
  const { events, service, listener } = await start();
  listener.work = fail;
  await service.dispatch(new Happened({ id: 1 })).catch(() => {});
  expect(events.expectFailed(Listener, /connection/g).eventName).toBe('Happened');
});

it('clear() lets go of what is done, also of what was stored', async () => {
  const { events, service } = await start();
  await service.dispatch(new Happened({ id: 1 }), 'queue');
  events.clear();
  await events.settled();
  expect(events.getDeliveries().filter(({ runs }) => runs.length === 0)).toEqual([]);
});

it('an application is closed though something waits for the clock of the test', async () => {
  const { events, service } = await watch({ mode: 'spy', clock: true }, [Listener], {
    shutdownTimeoutMs: 3_600_000,
    drivers: { retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 60_000 }) },
  });
  events.faults.failNext();
  void service.dispatch(new Happened({ id: 1 }), 'retry').catch(() => {});
  await closeWatchedApps();
});
