import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  Event,
  EventService,
  EventsModule,
  InvalidPayloadError,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { startApp, syncConfig } from '../../../support/app.js';
import { captureLogs, rejectionOf } from '../../../support/drivers.js';
import { getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';

@Event({ name: 'sized' })
class Sized extends BaseEvent<unknown> {}

@Injectable()
class Receiver {
  readonly received: unknown[] = [];

  @OnEvent(Sized, { id: 'receiver' })
  receive(event: Sized): void {
    this.received.push(event.getPayload());
  }
}

/** What is promised within one process. */
export const applications: Area = {
  title: 'Applications',
  scenarios: [
    {
      id: 'A10',
      isShared: true,
      title:
        'a payload at the limit arrives as it is, and one that is a byte longer is refused before it is sent',
      run: storePayloadsAtTheLimit,
    },
    {
      id: 'E9',
      isShared: true,
      title:
        'an application that is started and closed at any moment leaves nothing open and nothing unhandled',
      run: startAndClose,
    },
  ],
};

const LIMIT = 1_048_576;

function configure({ store }: Bench) {
  const queue = { driver: QueueDriver, options: { workerCreator: store.creator } };
  return syncConfig({ defaultDriver: 'queue', drivers: { queue } });
}

async function storePayloadsAtTheLimit(bench: Bench): Promise<string> {
  const app = await startApp(configure(bench), [Receiver]);
  captureLogs();
  const events = app.get(EventService);
  const { received } = app.get(Receiver);
  const atLimit = `é${'x'.repeat(LIMIT - 4)}`;
  expect(Buffer.byteLength(JSON.stringify(atLimit))).toBe(LIMIT);
  await events.dispatch(new Sized(atLimit));
  const since = performance.now();
  expect(await rejectionOf(events.dispatch(new Sized(`${atLimit}x`)))).toBeInstanceOf(InvalidPayloadError);
  const tookMs = performance.now() - since;
  expect(tookMs).toBeLessThan(200);
  await until('it arrives', () => received.length === 1);
  expect(received[0] === atLimit).toBe(true);
  return `1 MiB arrives; a byte more is refused after ${tookMs.toFixed()} ms`;
}

async function startAndClose(bench: Bench): Promise<string> {
  const rounds = getLoad(bench.harness.capabilities.has('multiProcess') ? 10 : 4, 50);
  const rejections: unknown[] = [];
  const hear = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', hear);
  const before = countResources();
  for (let round = 0; round < rounds; round++) {
    @Module({ imports: [EventsModule.forRoot(configure(bench))] })
    class App {}
    const app = await Test.createTestingModule({ imports: [App] }).compile();
    captureLogs();
    const starting = app.init().catch((error: unknown) => error);
    await bench.pause(120);
    await Promise.all([starting, app.close(), app.close()]);
    await app.close();
  }
  await until('nothing is open', () => countResources() <= before);
  await delay(0);
  process.off('unhandledRejection', hear);
  expect(rejections).toEqual([]);
  return `${rounds} starts`;
}

/** Connections, and timers that keep the process. */
function countResources(): number {
  return process.getActiveResourcesInfo().filter((resource) => /TCP|Pipe|Timeout/.test(resource)).length;
}
