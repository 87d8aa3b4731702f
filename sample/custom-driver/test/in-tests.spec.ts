import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BaseEvent, EventConfig, EventService, EventsModule, OnEvent } from 'nestjs-event-drivers';
import { fakeEvents } from 'nestjs-event-drivers/testing';
import { FileDriver } from '../src/file-driver/file.driver.js';

class LetterWritten extends BaseEvent<{ to: string }> {}

@Injectable()
class Sender {
  @OnEvent(LetterWritten)
  send(): void {}
}

/** Starts an application whose letters are stored in a folder of its own. */
async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'letters-'));
  const builder = Test.createTestingModule({
    imports: [
      EventsModule.forRoot({
        defaultDriver: 'file',
        drivers: {
          file: EventConfig.createConfigDriver(FileDriver, { folder, retries: 1, retryDelay: '1h' }),
        },
      }),
    ],
    providers: [Sender],
  });
  const events = fakeEvents(builder, { mode: 'spy', clock: true });
  const module = await builder.compile();
  await module.init();
  Logger.overrideLogger(false);
  const end = async (): Promise<void> => {
    await module.close();
    await rm(folder, { recursive: true });
  };
  return { events, service: module.get(EventService), end };
}

it('is waited for, and goes by the clock of the test', async () => {
  const { events, service, end } = await start();
  events.faults.fail(Sender, { times: 1 });
  await service.dispatch(new LetterWritten({ to: 'Ada' }), { delay: '1d' });
  await events.advance('1d');
  events.expectFailed(Sender);
  await events.advance('1h');
  await events.settled();
  expect(events.expectDelivered(Sender, { to: 'Ada' }).runs).toHaveLength(2);
  await end();
});

it('is waited for also where it gives up', async () => {
  const { events, service, end } = await start();
  events.faults.fail(Sender, { error: new Error('no stamps') });
  await service.dispatch(new LetterWritten({ to: 'Ada' }));
  await events.advance('1h');
  await events.settled();
  events.expectDeadLettered(Sender, 'no stamps', { to: 'Ada' });
  await end();
});
