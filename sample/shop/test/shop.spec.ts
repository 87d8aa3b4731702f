import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SyncDriver } from 'nestjs-event-drivers';
import { EventsTestingModule } from 'nestjs-event-drivers/testing';
import { AppModule } from '../src/app.module.js';
import { UserDirectory } from '../src/users/user.directory.js';
import { createClient, restoreEnvironment, setEnvironment } from './shop.client.js';

let app: INestApplication;
const { get, post, send, eventually, use } = createClient();

/** Without the queue, which has tests of its own: its deliveries are made at once. */
async function open(settings: NodeJS.ProcessEnv = {}): Promise<void> {
  setEnvironment(settings);
  const module = await EventsTestingModule.createTestingModule({
    imports: [AppModule.register({ workers: true })],
  })
    .overrideDriver('queue', SyncDriver)
    .compile();
  app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  use(await app.getUrl());
}

/** A service of someone else. */
async function serve(handle: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const teapots = { item: 'teapot', quantity: 2 };
const kettle = { item: 'kettle', quantity: 1 };
const ada = { name: 'Ada', email: 'ada@example.com' };

afterEach(async () => {
  await app.close();
  restoreEnvironment();
});

describe('the shop', () => {
  beforeEach(() => open());

  describe('users', () => {
    it('are listed at once, and welcomed in the background', async () => {
      const created = await post('/users', ada);
      expect(created).toEqual({ status: 201, body: { id: '1', ...ada, isWelcomed: false } });
      await eventually('/users/1', { isWelcomed: true });
      expect((await get('/users/1')).body).toEqual({ id: '1', ...ada, isWelcomed: true });
    });

    it('are heard of by several listeners, under different drivers', async () => {
      await post('/users', ada);
      const { body } = await get('/metrics');
      expect(body.events).toEqual({ 'user.created': 1 });
      expect(Object.keys(body.monitored.listeners)).toEqual(['ActivityListener.count']);
    });

    it.each([
      [{}, ['name must be a text that is not empty', 'email must be an e-mail address']],
      [{ name: ' ', email: 'ada@example.com' }, ['name must be a text that is not empty']],
      [{ name: 'Ada', email: 'ada' }, ['email must be an e-mail address']],
      [undefined, 'the body must be a JSON object, sent as application/json'],
    ])('are refused where they are no users: %j', async (body, message) => {
      expect(await post('/users', body)).toMatchObject({ status: 400, body: { message } });
    });

    it('that do not exist are not found', async () => {
      expect(await get('/users/7')).toMatchObject({ status: 404, body: { message: 'There is no user 7' } });
    });
  });

  describe('orders', () => {
    it('are paid although the payment service refuses twice', async () => {
      const placed = await post('/orders', teapots);
      expect(placed.status).toBe(201);
      expect(placed.body).toMatchObject({ id: '1', ...teapots, total: 60, isReserved: true, isPaid: true });
      expect((await get('/external/payments/1')).body).toEqual({ orderId: '1', requests: 3 });
      expect((await get('/stock')).body).toEqual({ teapot: 98, kettle: 0 });
      expect((await get('/mail/outbox')).body).toEqual([
        { subject: 'We have your order 1: 2 x teapot', sentAt: expect.any(String) },
      ]);
    });

    it.each([
      [
        { item: 'spoon', quantity: 1.5 },
        ['item must be one of teapot, kettle', 'quantity must be a whole number from 1'],
      ],
      [[], ['item must be one of teapot, kettle', 'quantity must be a whole number from 1']],
    ])('are refused where they are no orders: %j', async (body, message) => {
      expect(await post('/orders', body)).toMatchObject({ status: 400, body: { message } });
    });

    it('that do not exist are not found', async () => {
      expect(await get('/orders/7')).toMatchObject({ status: 404, body: { message: 'There is no order 7' } });
    });
  });

  describe('the driver of a request', () => {
    it('delivers everything in the background', async () => {
      const placed = await post('/orders?driver=background', teapots);
      expect(placed.status).toBe(201);
      expect(placed.body).toMatchObject({ isPaid: false });
      await eventually('/orders/1', { isReserved: true, isPaid: true });
      expect((await get('/external/payments/1')).body.requests).toBe(3);
      expect((await get('/metrics')).body.payments.totalDispatches).toBe(0);
    });

    it('may be one that does not try again', async () => {
      expect(await post('/orders?driver=sync', teapots)).toMatchObject({
        status: 502,
        body: { message: expect.stringMatching('The payment service answered 503') },
      });
      expect((await get('/external/payments/1')).body.requests).toBe(1);
      expect((await get('/orders/1')).body).toMatchObject({ isReserved: true, isPaid: false });
    });

    it('may be one that logs', async () => {
      expect(await post('/orders?driver=debug', teapots)).toMatchObject({
        status: 201,
        body: { isPaid: true },
      });
    });

    it.each(['pigeon', 'sync&driver=retry'])('is refused if there is none: %s', async (driver) => {
      const { status, body } = await post(`/orders?driver=${driver}`, teapots);
      expect(status).toBe(400);
      expect(body.message).toMatch(/^There is no driver '.+'\. Configured are: 'sync', 'timeout', 'retry'/);
      expect((await get('/orders/1')).status).toBe(404);
    });
  });

  it('measures each payment once, however often it was tried', async () => {
    await post('/orders', teapots);
    await post('/orders', teapots);
    await post('/users', ada);
    const { body } = await get('/metrics');
    expect(body.events).toEqual({ 'order.placed': 2, 'user.created': 1 });
    const counts = { totalDispatches: 2, successfulDispatches: 2, failedDispatches: 0 };
    expect(body.payments).toMatchObject({ ...counts, inFlight: 0, listeners: { ChargePayment: counts } });
    expect(body.monitored).toMatchObject({ totalDispatches: 3, events: { 'order.placed': counts } });
    expect(body.resilient).toEqual({ circuit: 'closed', failed: 0 });
  });

  describe('what failed', () => {
    it('is kept, and done once the cause is removed', async () => {
      const placed = await post('/orders', kettle);
      expect(placed).toMatchObject({ status: 201, body: { isReserved: false, isPaid: true } });
      expect((await get('/failed')).body).toEqual([
        expect.objectContaining({
          eventName: 'order.placed',
          listenerId: 'ReserveStock',
          payload: { id: '1', ...kettle, total: 45 },
          reason: expect.stringMatching("Only 0 of item 'kettle' are left"),
        }),
      ]);
      expect((await post('/failed/redrive')).body).toEqual({ redriven: 0 });

      await send('PUT', '/stock/kettle', { quantity: 5 });
      expect(await post('/failed/redrive')).toEqual({ status: 200, body: { redriven: 1 } });
      expect((await get('/orders/1')).body.isReserved).toBe(true);
      expect((await get('/failed')).body).toEqual([]);
    });

    it('says nothing about the health of the warehouse, however often it failed', async () => {
      for (let count = 0; count < 6; count++) await post('/orders', kettle);
      expect((await get('/metrics')).body.resilient).toEqual({ circuit: 'closed', failed: 6 });
      expect((await post('/orders', teapots)).status).toBe(201);
    });
  });
});

describe('the shop, configured otherwise', () => {
  it('gives up a payment after as many attempts as it may make', async () => {
    await open({ RETRY_ATTEMPTS: '2' });
    expect(await post('/orders', teapots)).toMatchObject({
      status: 502,
      body: { message: expect.stringMatching(/^Event failed after 2 attempts: .+answered 503/) },
    });
    expect((await get('/metrics')).body.payments.failedDispatches).toBe(1);
  });

  it('pays at another service', async () => {
    await using service = await serve((_request, response) => response.end());
    await open({ PAYMENTS_URL: service.url });
    expect(await post('/orders', teapots)).toMatchObject({ status: 201, body: { isPaid: true } });
    expect((await get('/external/payments/1')).body.requests).toBe(0);
  });

  it('waits for each attempt at a payment only so long', async () => {
    let requests = 0;
    await using service = await serve(() => requests++);
    await open({ PAYMENTS_URL: service.url, PAYMENTS_TIMEOUT_MS: '20' });
    expect(await post('/orders', teapots)).toMatchObject({
      status: 502,
      body: { message: expect.stringMatching(/^Event failed after 3 attempts: .+ 20 ?ms/) },
    });
    expect(requests).toBe(3);
  });

  it('does not start with options that make no sense', async () => {
    await open();
    process.env.RETRY_ATTEMPTS = 'often';
    const start = NestFactory.create(AppModule.register({ workers: true }), {
      logger: false,
      abortOnError: false,
    });
    await expect(start).rejects.toThrow(/driver 'retry' \(RetryDriver\): maxRetries must be/);
  });

  it('delivers what is in the background before it closes', async () => {
    await open({ MAIL_DELAY_MS: '20' });
    const directory = app.get(UserDirectory, { strict: false });
    await post('/users', ada);
    await app.close();
    expect(directory.get('1').isWelcomed).toBe(true);
  });
});
