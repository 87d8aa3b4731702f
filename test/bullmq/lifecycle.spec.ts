import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, EventConfig, EventService, OnEvent, QueueDriver } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { startApp, syncConfig } from '../support/app.js';
import { describeRedis, REDIS_URL, usePrefix } from '../support/redis.js';
import { until } from '../support/until.js';

@Event({ name: 'order.placed' })
class OrderPlaced extends BaseEvent<{ no: number }> {}

@Event({ name: 'mail.due' })
class MailDue extends BaseEvent<{ no: number }> {}

@Injectable()
class Orders {
  readonly gate = Promise.withResolvers<void>();
  readonly heard: number[] = [];

  constructor(private readonly events: EventService) {}

  @OnEvent(OrderPlaced)
  async hear(event: OrderPlaced): Promise<void> {
    const { no } = event.getPayload();
    this.heard.push(no);
    await this.gate.promise;
    await this.events.dispatch(new MailDue({ no }));
  }
}

@Injectable()
class Mails {
  @OnEvent(MailDue)
  send(): void {}
}

// Continuous integration also looks for what is still open after it, by `--detectOpenHandles`.
describeRedis('An application with queues on Redis', () => {
  const { prefix, redis } = usePrefix();

  test('ends its workers before its queues: what runs may dispatch until it is done', async () => {
    const workerCreator = BullMqWorkerCreator.forRoot({ connection: REDIS_URL, prefix });
    const app = await startApp(
      syncConfig({
        defaultDriver: 'orders',
        workers: ['orders'],
        drivers: {
          orders: EventConfig.createConfigDriver(QueueDriver, { workerCreator }),
          mails: EventConfig.createConfigDriver(QueueDriver, { workerCreator }),
        },
      }),
      [Orders, Mails],
    );
    const engine = app.get(EventService).getDriver<QueueDriver>('orders').getEngine() as BullMqWorkerCreator;
    expect(await engine.getQueue('orders').getJobCountByTypes('waiting')).toBe(0);
    const orders = app.get(Orders);
    await app.get(EventService).dispatch(new OrderPlaced({ no: 1 }));
    await until('it runs', () => orders.heard.length === 1);
    const closing = app.close();
    // It takes no more than what runs already.
    await new Promise(setImmediate);
    orders.gate.resolve();
    await closing;
    expect(orders.heard).toEqual([1]);
    const stored = await redis.keys(`${prefix}:orders:*`);
    const names = await Promise.all(
      stored.filter((key) => /-[\da-f]{12}$/.test(key)).map((key) => redis.hget(key, 'name')),
    );
    expect(new Set(names)).toEqual(new Set(['mail.due for Mails.send', 'order.placed for Orders.hear']));
    expect(await redis.zcard(`${prefix}:orders:completed`)).toBe(1);
  });
});
