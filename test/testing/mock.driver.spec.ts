import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  Event,
  EventService,
  EventsModule,
  getDriverToken,
  OnEvent,
  RetryDriver,
} from 'nestjs-event-drivers';
import { fakeEvents, MockDriver, overrideDriver } from 'nestjs-event-drivers/testing';
import { syncConfig } from '../support/app.js';
import { queueConfig } from './support/watched-app.js';

class Imported extends BaseEvent<{ id: number }> {
  override execute(): Promise<void> {
    return Promise.reject(new Error('must not be executed'));
  }
}

@Event({ driver: 'queue', delay: '5m', priority: 3 })
class Scheduled extends BaseEvent<{ id: number }> {}

@Injectable()
class Listener {
  @OnEvent(Scheduled, { transactional: true, retries: 5 })
  on(): void {
    throw new Error('must not be called');
  }
}

it('keeps what it is given, and runs nothing', async () => {
  const driver = new MockDriver();
  const event = new Imported({ id: 1 });
  await driver.dispatch(event);
  expect(driver.getDispatchedEvents()).toEqual([event]);
  expect(driver.getDispatchedEvents()[0]).toBe(event);
  driver.clear();
  expect(driver.getDispatchedEvents()).toEqual([]);
  expect(driver.getName()).toBe('MockDriver');
});

it('stands in for a queue with all that is asked of that, and needs no server', async () => {
  const builder = Test.createTestingModule({
    imports: [EventsModule.forRoot(syncConfig(queueConfig()))],
    providers: [Listener],
  });
  const module = await overrideDriver(builder, 'queue', MockDriver).compile();
  await module.init();
  await module
    .get(EventService)
    .dispatch(new Scheduled({ id: 1 }), { orderingKey: undefined, group: 'a' } as never);
  const driver = module.get<MockDriver>(getDriverToken('queue'));
  expect(driver).toBeInstanceOf(MockDriver);
  expect(driver.getDispatchedEvents()).toMatchObject([{ event: {} }]);
  expect(driver.getDispatchedEvents()[0]!.getListenerId?.()).toBe('Listener.on');
  expect(driver.getDispatchedEvents()[0]!.getPayload()).toEqual({ id: 1 });
  await module.close();
});

it('stands in for a driver by its class, and is given the events themselves when they are watched', async () => {
  const builder = Test.createTestingModule({
    imports: [EventsModule.forRoot(syncConfig({ drivers: { retry: { driver: RetryDriver } } }))],
  })
    .overrideProvider(RetryDriver)
    .useClass(MockDriver);
  fakeEvents(builder, { mode: 'spy' });
  const module = await builder.compile();
  const event = new Imported({ id: 1 });
  await module.get(EventService).dispatch(event, 'retry');
  expect(module.get<MockDriver>(RetryDriver).getDispatchedEvents()[0]).toBe(event);
  await module.close();
});
