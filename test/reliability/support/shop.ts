import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  MonitoredDriver,
  OnEvent,
  QueueDriver,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { startApp, syncConfig } from '../../support/app.js';
import { captureLogs } from '../../support/drivers.js';

@Event({ name: 'order.placed' })
export class OrderPlaced extends BaseEvent<unknown> {}

@Injectable()
class Shop {
  readonly heard: unknown[] = [];

  @OnEvent(OrderPlaced, { id: 'shop' })
  hear(event: OrderPlaced): void {
    this.heard.push(event.getPayload());
  }
}

/** An application that hears of orders. */
export async function startShop(workerCreator: WorkerCreatorSource) {
  const app = await startApp(
    syncConfig({
      defaultDriver: 'queue',
      drivers: {
        watched: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'queue' }),
        queue: EventConfig.createConfigDriver(QueueDriver, {
          workerCreator,
          delayMs: 1,
          pollIntervalMs: 100,
        }),
      },
    }),
    [Shop],
  );
  const logs = captureLogs();
  return { logs, shop: app.get(Shop), events: app.get(EventService), queues: app.get(EventQueues) };
}
