import { describeRedis } from '../../../test/support/redis.js';
import { PASSWORD, RunningSample } from './running-sample.js';

const PATHS = ['/queues', '/QUEUES/', '/queues/api/queues', '/queues/static/js', '/queues/queue/orders'];

describeRedis('the board', () => {
  let sample: RunningSample;

  afterEach(() => sample.stop());

  function ask(path: string, credentials?: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (credentials !== undefined) {
      headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
    }
    return fetch(`${sample.url}${path}`, { ...init, headers });
  }

  describe('with a password', () => {
    beforeEach(async () => (sample = await RunningSample.start()));

    it.each(PATHS)('is closed to those who do not have it: %s', async (path) => {
      for (const credentials of [undefined, 'admin:', `root:${PASSWORD}`, `admin:${PASSWORD}!`]) {
        const { status, headers } = await ask(path, credentials);
        expect(status).toBe(401);
        expect(headers.get('www-authenticate')).toMatch(/^Basic /);
      }
      expect((await ask(path, undefined, { method: 'POST' })).status).toBe(401);
    });

    it('is open to those who have it', async () => {
      const response = await ask('/queues/api/queues', `admin:${PASSWORD}`);
      expect(await response.json()).toMatchObject({ queues: [{ name: 'orders' }] });
    });

    it('takes nothing from a page of another site, in a browser that has it', async () => {
      const body = new URLSearchParams({ name: 'order-placed', 'data[quantity]': '1' });
      const add = (headers: Record<string, string>): Promise<Response> =>
        ask('/queues/api/queues/orders/add', `admin:${PASSWORD}`, { method: 'POST', body, headers });
      expect((await add({ origin: 'https://elsewhere.example' })).status).toBe(403);
      expect((await add({ origin: 'null' })).status).toBe(403);
      expect((await add({ origin: sample.url })).status).toBe(200);
    });
  });

  describe('without a password', () => {
    it.each(PATHS)('is closed to everybody: %s', async (path) => {
      sample = await RunningSample.start('');
      for (const credentials of [undefined, 'admin:', 'admin:undefined']) {
        expect((await ask(path, credentials)).status).toBe(403);
      }
    });
  });
});
