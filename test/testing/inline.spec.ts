import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  EventTimeoutError,
  OnEvent,
  PostponeError,
  QueueDriver,
  RetryDriver,
  TimeoutDriver,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { closeWatchedApps, NOWHERE, queueConfig, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

@Event({ name: 'order.placed', driver: 'queue' })
class OrderPlaced extends BaseEvent<{ id: number; at?: Date }> {}
@Event({ name: 'order.shipped', driver: 'queue' })
class OrderShipped extends BaseEvent<{ id: number }> {}

/** A listener that does what a test wants. */
@Injectable()
class Orders {
  readonly done: string[] = [];
  work: (event: OrderPlaced) => unknown = () => undefined;

  @OnEvent(OrderPlaced)
  async place(event: OrderPlaced): Promise<void> {
    await this.work(event);
    this.done.push(`placed ${event.getPayload().id}`);
  }

  @OnEvent(OrderShipped)
  ship(event: OrderShipped): void {
    this.done.push(`shipped ${event.getPayload().id}`);
  }
}

const start = (options = {}) => watch({ mode: 'inline' }, [Orders], queueConfig(NOWHERE, options));

/** Fails so many times. */
function failing(times: number, error: () => unknown = () => new Error('no connection')): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw error();
  };
}

it('delivers what is stored before the dispatch ends, of the class that was dispatched', async () => {
  const { events, service, module } = await start();
  const orders = module.get(Orders);
  const heard: OrderPlaced[] = [];
  orders.work = (event) => heard.push(event);
  await service.dispatch(new OrderPlaced({ id: 1, at: new Date(0) }));
  expect(orders.done).toEqual(['placed 1']);
  expect(heard[0]).toBeInstanceOf(OrderPlaced);
  expect(heard[0]!.getPayload()).toEqual({ id: 1, at: new Date(0) });
  expect(events.expectDelivered(Orders)).toMatchObject({ driver: 'queue', listenerId: 'Orders.place' });
});

it('delivers what the deliveries dispatch as well, without one of them waiting for another', async () => {
  const { events, service, module } = await start({ concurrency: 1 });
  const orders = module.get(Orders);
  orders.work = (event) => service.dispatch(new OrderShipped({ id: event.getPayload().id }));
  await service.dispatchMany([new OrderPlaced({ id: 1 }), new OrderPlaced({ id: 2 })]);
  expect(orders.done.toSorted()).toEqual(['placed 1', 'placed 2', 'shipped 1', 'shipped 2']);
  expect(events.getDispatches().map(({ causedBy }) => causedBy)).toEqual([
    undefined,
    undefined,
    'Orders.place',
    'Orders.place',
  ]);
});

it('waits for the order of a key also where a delivery dispatches to its own key', async () => {
  const { service, module } = await start();
  const orders = module.get(Orders);
  orders.work = () => service.dispatch(new OrderShipped({ id: 9 }), { orderingKey: 'a' });
  await service.dispatch(new OrderPlaced({ id: 1 }), { orderingKey: 'a' });
  expect(orders.done).toEqual(['placed 1', 'shipped 9']);
});

it('tries again as it is configured, and waits for nothing', async () => {
  const { events, service, module } = await start({ retries: 2, delayMs: 3_600_000 });
  module.get(Orders).work = failing(2);
  await service.dispatch(new OrderPlaced({ id: 1 }), { delay: '7d' });
  expect(events.expectDelivered('Orders.place').runs.map(({ status }) => status)).toEqual([
    'failed',
    'failed',
    'succeeded',
  ]);
});

it('gives up as it is configured; the dispatch does not reject, and what was given up can be tried again', async () => {
  const { events, service, module } = await start({ retries: 1, delayMs: 3_600_000 });
  module.get(Orders).work = failing(2);
  await service.dispatch(new OrderPlaced({ id: 1 }));
  const dead = events.expectDeadLettered(Orders, 'no connection', { id: 1 });
  expect(dead.runs).toHaveLength(2);
  expect(await module.get(EventQueues).listFailed()).toMatchObject([{ attempts: 2, payload: { id: 1 } }]);
  await module.get(EventQueues).redrive({});
  await events.settled();
  events.expectDelivered('Orders.place', { id: 1 });
  expect(() => events.expectDeadLettered(Orders)).toThrow('it was not');
});

it('gives up at once what is not worth another attempt', async () => {
  const { events, service, module } = await start();
  module.get(Orders).work = failing(1, () => new UnrecoverableError('no such order'));
  await service.dispatch(new OrderPlaced({ id: 1 }));
  expect(events.expectDeadLettered('Orders.place', UnrecoverableError).runs).toHaveLength(1);
});

it('calls again what is postponed, and gives up what is for ever', async () => {
  const { events, service, module } = await start();
  module.get(Orders).work = failing(3, () => new PostponeError('1h'));
  await service.dispatch(new OrderPlaced({ id: 1 }));
  events.expectDelivered('Orders.place', { id: 1 });
  module.get(Orders).work = failing(Infinity, () => new PostponeError('1h'));
  await service.dispatch(new OrderPlaced({ id: 2 }));
  events.expectDeadLettered('Orders.place', undefined, { id: 2 });
});

it('leaves what is in a queue that is paused, and delivers it when that is resumed', async () => {
  const { events, service, module } = await start();
  const queues = module.get(EventQueues);
  await queues.pause('queue');
  await service.dispatch(new OrderPlaced({ id: 1 }));
  events.expectNotDelivered(Orders);
  await queues.resume('queue');
  await events.settled();
  events.expectDelivered('Orders.place');
});

it('does not wait between the attempts of drivers in the process, and does limit how long they take', async () => {
  class Slow extends BaseEvent<{}> {
    override execute(): Promise<void> {
      return new Promise(() => {});
    }
  }
  const { events, service, module } = await watch({ mode: 'inline' }, [Orders], {
    drivers: {
      ...queueConfig().drivers,
      retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 3_600_000 }),
      timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 20 }),
    },
  });
  module.get(Orders).work = failing(2);
  await service.dispatch(new OrderPlaced({ id: 1 }), 'retry');
  expect(events.expectDelivered('Orders.place').runs).toHaveLength(3);
  await expect(service.dispatch(new Slow({}), 'timeout')).rejects.toThrow(EventTimeoutError);
});

it('works every queue, whatever the process works in production', async () => {
  const { events, service } = await watch({ mode: 'inline' }, [Orders], {
    ...queueConfig(),
    workers: false,
  });
  await service.dispatch(new OrderPlaced({ id: 1 }));
  events.expectDelivered('Orders.place');
});

it('refuses what the engine that it stands in for cannot do', async () => {
  const { service } = await start({ runOnce: true });
  await expect(service.dispatch(new OrderPlaced({ id: 1 }), { retries: 3 })).rejects.toThrow('retries');
});

it('delivers by the driver on arrival', async () => {
  const { events, service, module } = await watch({ mode: 'inline' }, [Orders], {
    drivers: {
      retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 3_600_000 }),
      queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator: NOWHERE, driver: 'retry' }),
    },
  });
  module.get(Orders).work = failing(2);
  await service.dispatch(new OrderPlaced({ id: 1 }));
  expect(events.expectDelivered('Orders.place').runs).toHaveLength(3);
});

it('is waited for by whoever calls what dispatches', async () => {
  @Injectable()
  class Shop {
    constructor(@Inject(EventService) private readonly events: EventService) {}

    async order(): Promise<void> {
      await this.events.dispatch(new OrderPlaced({ id: 1 }));
    }
  }
  const { module } = await watch({ mode: 'inline' }, [Orders, Shop], queueConfig());
  await module.get(Shop).order();
  expect(module.get(Orders).done).toEqual(['placed 1']);
});

describe('where queues are not worked', () => {
  it('delivers what is dispatched before they are, when they are', async () => {
    @Injectable()
    class Early implements OnModuleInit {
      constructor(@Inject(EventService) private readonly events: EventService) {}

      async onModuleInit(): Promise<void> {
        await this.events.dispatch(new OrderPlaced({ id: 1 }));
      }
    }
    const { events } = await watch({ mode: 'inline' }, [Orders, Early], queueConfig());
    events.expectDelivered('Orders.place', { id: 1 });
  });

  it('does not wait for what is dispatched when they are not any more', async () => {
    @Injectable()
    class Late implements OnApplicationShutdown {
      isDone = false;

      constructor(@Inject(EventService) private readonly events: EventService) {}

      async onApplicationShutdown(): Promise<void> {
        await this.events.dispatch(new OrderPlaced({ id: 1 })).catch(() => {});
        this.isDone = true;
      }
    }
    const { module } = await watch({ mode: 'inline' }, [Orders, Late], queueConfig());
    const late = module.get(Late);
    await closeWatchedApps();
    expect(late.isDone).toBe(true);
  });
});

it('does not wait for what other dispatches have led to', async () => {
  const { service, module } = await start({ concurrency: 1 });
  const orders = module.get(Orders);
  const gate = Promise.withResolvers<void>();
  orders.work = (event) => (event.getPayload().id === 1 ? gate.promise : undefined);
  const first = service.dispatch(new OrderPlaced({ id: 1 }));
  // As a controller would that a listener calls by HTTP, and waits for.
  await service.dispatch(new OrderPlaced({ id: 2 }));
  expect(orders.done).toEqual(['placed 2']);
  gate.resolve();
  await first;
  expect(orders.done).toEqual(['placed 2', 'placed 1']);
});

it('waits also for what is dispatched long after the listener that has led to it has ended', async () => {
  const { service, module } = await start();
  const orders = module.get(Orders);
  const later = Promise.withResolvers<readonly string[]>();
  orders.work = () => {
    setTimeout(() => {
      void service.dispatch(new OrderShipped({ id: 2 })).then(() => later.resolve([...orders.done]));
    }, 5);
  };
  await service.dispatch(new OrderPlaced({ id: 1 }));
  expect(await later.promise).toEqual(['placed 1', 'shipped 2']);
});

it('does not wait for a clock that only the test moves', async () => {
  const { events, service, module } = await watch({ mode: 'inline', clock: true }, [Orders], {
    drivers: {
      retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 60_000 }),
      queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator: NOWHERE, driver: 'retry' }),
    },
  });
  module.get(Orders).work = failing(1);
  await service.dispatch(new OrderPlaced({ id: 1 }));
  events.expectNotDelivered('Orders.place');
  await events.advance('1m');
  events.expectDelivered('Orders.place');
});
