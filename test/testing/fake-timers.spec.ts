import { jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { BaseEvent, OnEvent } from 'nestjs-event-drivers';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { closeWatchedApps, queueConfig, watch } from './support/watched-app.js';

class Happened extends BaseEvent<{ id: number }> {}

@Injectable()
class Listener {
  work: () => unknown = () => undefined;

  @OnEvent(Happened)
  async on(): Promise<void> {
    await this.work();
  }
}

afterEach(async () => {
  jest.useRealTimers();
  await closeWatchedApps();
});

it('a dispatch to a queue ends though the test runner fakes timers', async () => {
  const { events, service } = await watch({ mode: 'spy' }, [Listener], queueConfig(InMemoryWorkerCreator));
  jest.useFakeTimers();
  await service.dispatch(new Happened({ id: 1 }), 'queue');
  jest.useRealTimers();
  await events.settled();
  events.expectDelivered(Listener);
});

it('settled() is over in time though the test runner fakes timers', async () => {
  const { events, service, module } = await watch({ mode: 'spy' }, [Listener]);
  const stuck = Promise.withResolvers<void>();
  module.get(Listener).work = () => stuck.promise;
  jest.useFakeTimers();
  void service.dispatch(new Happened({ id: 1 }));
  await expect(events.settled({ timeoutMs: 30 })).rejects.toThrow('Listener.on of Happened is running');
  stuck.resolve();
});

it('advance() ends though a listener waits for a timer that the test runner has faked', async () => {
  const { events, service, module } = await watch({ mode: 'spy', clock: true }, [Listener]);
  jest.useFakeTimers();
  const waited = Promise.withResolvers<void>();
  module.get(Listener).work = () => new Promise<void>((resolve) => setTimeout(resolve, 1000));
  const dispatched = service.dispatch(new Happened({ id: 1 })).then(() => waited.resolve());
  await events.advance('1m');
  jest.advanceTimersByTime(1000);
  await waited.promise;
  await dispatched;
});
