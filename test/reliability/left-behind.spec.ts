import { Injectable, Scope } from '@nestjs/common';
import {
  BaseEvent,
  EventConfig,
  EventService,
  EventTimeoutError,
  OnEvent,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { rejectionOf } from '../support/drivers.js';

const DISPATCHES = 10_000;
const MEGABYTE = 2 ** 20;

/** In bytes, of what is still in use. */
async function measureHeap(): Promise<number> {
  // What a promise holds is let go of in turns of their own.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

class Tick extends BaseEvent<readonly number[]> {}

/** Which is seen if it is kept: 8 KB. */
function createFiller(): number[] {
  return Array.from({ length: 1000 }, () => 0);
}

@Injectable()
class Endless {
  @OnEvent(Tick)
  hang(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequest {
  readonly filler = createFiller();

  @OnEvent(Tick)
  hear(): void {}
}

afterEach(closeApps);

it('listeners that never end leave neither timers nor memory behind, once their time is over', async () => {
  const timeout = EventConfig.createConfigDriver(TimeoutDriver, { timeout: 5 });
  const app = await startApp(syncConfig({ defaultDriver: 'timeout', drivers: { timeout } }), [Endless]);
  const events = app.get(EventService);
  const dispatch = (count: number) =>
    Promise.all(Array.from({ length: count }, () => rejectionOf(events.dispatch(new Tick(createFiller())))));
  await dispatch(100);
  const [heap, timers] = [await measureHeap(), countTimers()];
  for (let round = 0; round < DISPATCHES / 1000; round++) {
    for (const error of await dispatch(1000)) expect(error).toBeInstanceOf(EventTimeoutError);
  }
  expect(countTimers()).toBe(timers);
  expect((await measureHeap()) - heap).toBeLessThan(10 * MEGABYTE);
});

it('listeners of one request leave nothing behind', async () => {
  const app = await startApp(syncConfig(), [OfRequest]);
  const events = app.get(EventService);
  await events.dispatch(new Tick([]));
  const heap = await measureHeap();
  for (let count = 0; count < DISPATCHES; count++) await events.dispatch(new Tick([]));
  expect((await measureHeap()) - heap).toBeLessThan(10 * MEGABYTE);
});
