import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  AsyncDriver,
  BaseEvent,
  EventConfig,
  EventService,
  EventsModule,
  OnEvent,
} from 'nestjs-event-drivers';
import { closeApps, start, syncConfig } from '../support/app.js';
import { countTimers, watchTimers } from '../support/drivers.js';

class Happened extends BaseEvent<number> {}

afterEach(async () => {
  jest.useRealTimers();
  await closeApps();
  jest.restoreAllMocks();
});

function background(shutdownTimeoutMs: number): ReturnType<typeof syncConfig> {
  return syncConfig({
    shutdownTimeoutMs,
    drivers: {
      background: EventConfig.createConfigDriver(AsyncDriver, { background: true, maxConcurrency: 2 }),
    },
  });
}

it('waits for what was accepted in the background, while connections are still open', async () => {
  const log: string[] = [];
  @Injectable()
  class Database implements OnModuleDestroy {
    isOpen = true;
    onModuleDestroy(): void {
      this.isOpen = false;
    }
  }
  @Module({ providers: [Database], exports: [Database] })
  class DatabaseModule {}
  const gate = Promise.withResolvers<void>();
  @Injectable()
  class Listener {
    constructor(private readonly database: Database) {}

    @OnEvent(Happened, { driver: 'background' })
    async on(event: Happened): Promise<void> {
      await gate.promise;
      log.push(`${event.getPayload()} ${this.database.isOpen ? 'written' : 'lost'}`);
    }
  }
  @Module({ imports: [DatabaseModule], providers: [Listener] })
  class ListenerModule {}
  const app = await start({ imports: [ListenerModule, EventsModule.forRoot(background(5000))] });
  const service = app.get(EventService);
  await service.dispatchMany([1, 2, 3].map((number) => new Happened(number)));
  expect(log).toEqual([]);
  const closed = app.close();
  gate.resolve();
  await closed;
  expect(log).toEqual(['1 written', '2 written', '3 written']);
  await expect(service.dispatch(new Happened(4))).rejects.toThrow("Driver 'background' is closed");
});

it('waits for what someone dispatched without waiting for it, too', async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  @Injectable()
  class Listener {
    @OnEvent(Happened, { driver: 'async' })
    async on(): Promise<void> {
      await gate.promise;
      log.push('done');
    }
  }
  const app = await start({
    imports: [
      EventsModule.forRoot(syncConfig({ drivers: { async: EventConfig.createConfigDriver(AsyncDriver) } })),
    ],
    providers: [Listener],
  });
  void app.get(EventService).dispatch(new Happened(1));
  const closed = app.close();
  gate.resolve();
  await closed;
  expect(log).toEqual(['done']);
});

it('does not wait longer than it may, and names what was not finished', async () => {
  const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
  @Injectable()
  class Stuck {
    @OnEvent(Happened, { driver: 'background' })
    async on(): Promise<void> {
      await new Promise(() => {});
    }
  }
  const app = await start({ imports: [EventsModule.forRoot(background(5))], providers: [Stuck] });
  const event = new Happened(1);
  await app.get(EventService).dispatch(event);
  await app.close();
  expect(error).toHaveBeenCalledTimes(1);
  expect(error).toHaveBeenCalledWith(
    `Driver 'background' did not finish 1 deliveries within 5 ms (shutdownTimeoutMs): Stuck.on (${event.getId()})`,
  );
});

it('has one time limit, however many phases the shutdown has', async () => {
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
  @Injectable()
  class Stuck {
    @OnEvent(Happened, { driver: 'background' })
    async on(): Promise<void> {
      await new Promise(() => {});
    }
  }
  const app = await start({ imports: [EventsModule.forRoot(background(400))], providers: [Stuck] });
  await app.get(EventService).dispatch(new Happened(1));
  jest.useFakeTimers();
  let isClosed = false;
  const closed = closeApps().then(() => (isClosed = true));
  await jest.advanceTimersByTimeAsync(399);
  expect(isClosed).toBe(false);
  await jest.advanceTimersByTimeAsync(100);
  expect(isClosed).toBe(true);
  await closed;
});

it('leaves no timer behind', async () => {
  const app = await start({ imports: [EventsModule.forRoot(background(60_000))] });
  const before = watchTimers();
  await app.close();
  expect(countTimers()).toBe(before);
});
