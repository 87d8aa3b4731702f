import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  EventConfig,
  EventService,
  Event,
  MonitoredDriver,
  OnEvent,
  RetryDriver,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';

@Event({ name: 'user.created' })
class UserCreated extends BaseEvent<{ userId: string }> {}

const log: string[] = [];

@Injectable()
class Listeners {
  @OnEvent(UserCreated, { order: 2 })
  async second(event: UserCreated): Promise<void> {
    log.push(`second ${event.getPayload().userId}`);
  }

  @OnEvent('user.*', { order: 1, driver: 'retry' })
  first(): void {
    log.push('first');
  }
}

afterEach(async () => {
  log.length = 0;
  await closeApps();
});

it('delivers an event to its listeners in their order', async () => {
  const app = await startApp(
    syncConfig({
      drivers: {
        retry: EventConfig.createConfigDriver(RetryDriver, { driver: 'monitored' }),
        monitored: EventConfig.createConfigDriver(MonitoredDriver),
      },
    }),
    [Listeners],
  );
  const service = app.get(EventService);
  await service.dispatch(new UserCreated({ userId: '42' }));
  expect(log).toEqual(['first', 'second 42']);
  expect(app.get(MonitoredDriver).getMetrics()).toMatchObject({
    totalDispatches: 1,
    events: { 'user.created': { successfulDispatches: 1 } },
    listeners: { 'Listeners.first': { successfulDispatches: 1 } },
  });
});
