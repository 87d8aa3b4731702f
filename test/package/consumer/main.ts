import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BaseEvent,
  EventConfig,
  EventService,
  EventsModule,
  MonitoredDriver,
  OnEvent,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';

class UserCreated extends BaseEvent<{ name: string }> {}

@Injectable()
class Listeners {
  private attempts = 0;

  @OnEvent(UserCreated)
  greet(event: UserCreated): void {
    console.log(`hello ${event.getPayload().name}`);
  }

  @OnEvent(UserCreated, { driver: 'monitored' })
  async flaky(_event: UserCreated, signal?: AbortSignal): Promise<void> {
    if (++this.attempts < 3) throw new Error('not yet');
    console.log(`attempt ${this.attempts} with ${signal?.constructor.name}`);
  }
}

@Module({
  imports: [
    EventsModule.forRootAsync({
      useFactory: () => ({
        defaultDriver: SyncDriver,
        drivers: {
          sync: EventConfig.createConfigDriver(SyncDriver),
          monitored: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'retry' }),
          retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 1, driver: 'timeout' }),
          timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 1000 }),
        },
      }),
    }),
  ],
  providers: [Listeners],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
await app.get(EventService).dispatch(new UserCreated({ name: 'consumer' }));
console.log(app.get(MonitoredDriver).getMetrics().successfulDispatches);
await app.close();
