import { describeRedis } from '../../../test/support/redis.js';
import { until } from '../../../test/support/until.js';
import { RunningSample } from './running-sample.js';

describeRedis('orders, on Redis', () => {
  let sample: RunningSample;

  beforeEach(async () => (sample = await RunningSample.start()));
  afterEach(() => sample.stop());

  it('are told to both listeners', async () => {
    const { status, body } = await sample.post('/orders', { item: 'teapot', quantity: 2 });
    expect(status).toBe(202);
    expect(body.accepted).toMatch(/^[\da-f-]{36}$/);
    await until('the mail is sent', async () => (await sample.get('/mails')).length === 1);
    expect(await sample.get('/mails')).toEqual(['We have your order: 2 x teapot']);
    const bringNone = sample.post('/stock', { item: 'teapot', quantity: 1 });
    expect((await bringNone).body).toEqual({ teapot: 99, kettle: 0 });
  });

  it('are kept where one of them fails, and done once that is redriven', async () => {
    await sample.placeOrders();
    expect(await sample.get('/failed')).toEqual([
      {
        eventName: 'order-placed',
        listenerId: 'Warehouse.reserve',
        payload: { item: 'kettle', quantity: 1 },
        reason: "Only 0 of item 'kettle' are left",
        attempts: 3,
      },
    ]);
    await sample.post('/stock', { item: 'kettle', quantity: 1 });
    expect(await sample.post('/failed/redrive')).toEqual({ status: 200, body: { redriven: 1 } });
    await until('nothing is left', async () => (await sample.get('/failed')).length === 0);
  });

  it.each([{}, { item: 'spoon', quantity: 1 }, { item: 'teapot', quantity: 0.5 }])(
    'are refused where they are none: %j',
    async (order) => {
      expect((await sample.post('/orders', order)).status).toBe(400);
    },
  );
});
