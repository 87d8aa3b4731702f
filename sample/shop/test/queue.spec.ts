import { setTimeout } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { createClient, restoreEnvironment, setEnvironment } from './shop.client.js';

const { get, post, use } = createClient();
const teapots = { item: 'teapot', quantity: 2 };
let app: INestApplication | undefined;

/** With the embedded database, in a folder of the test's. */
async function open(role = { workers: true }): Promise<void> {
  app = await NestFactory.create(AppModule.register(role), { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  use(await app.getUrl());
}

/** Asks until there are so many; the time limit is that of the test. */
async function waitForLength(path: string, length: number): Promise<{ subject?: string }[]> {
  for (;;) {
    const { body } = await get(path);
    if (body.length === length) return body;
    await setTimeout(20);
  }
}

beforeEach(() => setEnvironment());

afterEach(async () => {
  await app?.close();
  app = undefined;
  restoreEnvironment();
});

describe('the queue of the shop', () => {
  it('sends the mail, says how, and keeps one that fails until it is redriven', async () => {
    await open();
    await post('/orders', teapots);
    await waitForLength('/mail/outbox', 1);
    expect((await get('/explain/order.placed')).body.deliveries).toContainEqual({
      listener: 'SendConfirmation',
      driver: 'queue',
      stack: 'QueueDriver',
      queue: 'queue',
      because: 'the listener names it',
    });

    await post('/mail/break');
    expect((await post('/orders', teapots)).status).toBe(201);
    expect(await waitForLength('/failed', 1)).toEqual([
      expect.objectContaining({
        eventName: 'order.placed',
        listenerId: 'SendConfirmation',
        payload: { id: '2', ...teapots, total: 60 },
        driverName: 'queue',
        queue: 'queue',
        reason: expect.stringMatching('The mail server is out of order'),
        attempts: 3,
      }),
    ]);
    expect((await get('/queues')).body).toEqual([
      expect.objectContaining({ listener: 'SendConfirmation', completed: 1, failed: 1 }),
    ]);

    await post('/mail/repair');
    expect(await post('/failed/redrive')).toEqual({ status: 200, body: { redriven: 1 } });
    const outbox = await waitForLength('/mail/outbox', 2);
    expect(outbox[1]?.subject).toBe('We have your order 2: 2 x teapot');
    expect((await get('/failed')).body).toEqual([]);
  });

  it('keeps a mail for the next process that works it', async () => {
    await open({ workers: false });
    await post('/orders', teapots);
    expect((await get('/queues')).body).toEqual([
      expect.objectContaining({ queue: 'queue', event: 'order.placed', ready: 1, completed: 0 }),
    ]);
    await app!.close();

    await open();
    await waitForLength('/mail/outbox', 1);
  });

  it('is open in one process only', async () => {
    await open();
    const second = await NestFactory.create(AppModule.register({ workers: true }), { logger: false });
    await expect(second.init()).rejects.toThrow(
      new RegExp(`in use by this process itself \\(pid ${process.pid}\\)`),
    );
    expect((await get('/queues')).status).toBe(200);
  });
});
