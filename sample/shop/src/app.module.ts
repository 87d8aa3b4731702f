import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { EventsModule } from 'nestjs-event-drivers';
import { shopConfig, type ShopConfig } from './config/shop.config.js';
import { EventsErrorFilter } from './events/events-error.filter.js';
import { createEventConfig } from './events/events.config.js';
import { ExternalModule } from './external/external.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { UsersModule } from './users/users.module.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [shopConfig] }),
    UsersModule,
    OrdersModule,
    MonitoringModule,
    ExternalModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: EventsErrorFilter }],
})
export class AppModule {
  /** The same application for every role, so that each process knows all events and listeners. */
  static register({ workers }: { workers: boolean }): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // After the others, so that a shutdown waits for deliveries before it shuts down the rest.
        EventsModule.forRootAsync({
          inject: [ConfigService],
          useFactory: (config: ConfigService) =>
            createEventConfig(config.getOrThrow<ShopConfig>('shop'), workers),
        }),
      ],
    };
  }
}
