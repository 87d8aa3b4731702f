import { type DynamicModule, Module } from '@nestjs/common';
import { EventConfig, EventsModule, QueueDriver } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { BoardModule } from './board/board.module.js';
import { FailedController } from './orders/failed.controller.js';
import { Mailer } from './orders/mailer.js';
import { OrdersController } from './orders/orders.controller.js';
import { StockController } from './orders/stock.controller.js';
import { Warehouse } from './orders/warehouse.js';
import type { Settings } from './settings.js';

@Module({})
export class AppModule {
  static register({ redisUrl, prefix, retryDelayMs, boardPassword }: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EventsModule.forRoot({
          defaultDriver: 'orders',
          drivers: {
            // The board shows its queue by this name.
            orders: EventConfig.createConfigDriver(QueueDriver, {
              workerCreator: BullMqWorkerCreator.forRoot({ connection: redisUrl, prefix }),
              retries: 2,
              delayMs: retryDelayMs,
            }),
          },
        }),
        BoardModule.register(boardPassword),
      ],
      controllers: [OrdersController, StockController, FailedController],
      providers: [Mailer, Warehouse],
    };
  }
}
