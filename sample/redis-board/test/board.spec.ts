import type { Browser, Page } from 'playwright-core';
import { describeBrowser, startBrowser } from '../../../test/support/chromium.js';
import { describeRedis } from '../../../test/support/redis.js';
import { PASSWORD, RunningSample } from './running-sample.js';

describeRedis('on Redis', () => {
  describeBrowser('the board in a browser', () => {
    let browser: Browser;
    let sample: RunningSample;
    let page: Page;

    beforeAll(async () => (browser = await startBrowser()));
    afterAll(() => browser.close());

    beforeEach(async () => {
      sample = await RunningSample.start();
      page = await openPage(PASSWORD);
    });
    afterEach(async () => {
      await page.context().close();
      await sample.stop();
    });

    async function openPage(password: string): Promise<Page> {
      const context = await browser.newContext({ httpCredentials: { username: 'admin', password } });
      // It would have its fonts from elsewhere.
      await context.route(
        ({ origin }) => origin !== sample.url,
        (route) => route.abort(),
      );
      return context.newPage();
    }

    /** What is to be seen on a page, once that is there. */
    async function read(path: string, awaited: string): Promise<string> {
      await page.goto(`${sample.url}/queues${path}`);
      const main = page.getByRole('main');
      await main.getByText(awaited).first().waitFor();
      return main.innerText();
    }

    it('shows the queue by its name', async () => {
      await sample.placeOrders();
      expect(await read('', '4 Jobs')).toMatch(/orders\s+FAILED\s+1\s+4 Jobs/);
    });

    it('names what was done by event and listener, and shows the payload', async () => {
      await sample.placeOrders();
      const text = await read('/queue/orders?status=completed', 'Mailer.send');
      const names = text.match(/^order-placed for .+$/gm)?.toSorted();
      expect(names).toEqual([
        'order-placed for Mailer.send',
        'order-placed for Mailer.send',
        'order-placed for Warehouse.reserve',
      ]);
      const payloads = text
        .replaceAll(/\s/g, '')
        .match(/jobData:\{.*?\}/g)
        ?.toSorted();
      expect(payloads).toEqual([
        'jobData:{item:"kettle",quantity:1}',
        'jobData:{item:"teapot",quantity:2}',
        'jobData:{item:"teapot",quantity:2}',
      ]);
    });

    it('shows why what failed did, and where', async () => {
      await sample.placeOrders();
      const text = await read('/queue/orders?status=failed', 'left');
      expect(text).toMatch(/order-placed for Warehouse\.reserve\s*attempt #3/);
      expect(text).toMatch(/Error: Only 0 of item 'kettle' are left\s+at Warehouse\.reserve \(.+warehouse/);
    });

    it('has what failed tried again', async () => {
      await sample.placeOrders();
      await sample.post('/stock', { item: 'kettle', quantity: 1 });
      await read('/queue/orders?status=failed', 'Warehouse.reserve');
      // What a button is for is said once the mouse is on it.
      const [retry] = await page
        .getByRole('main')
        .getByRole('listitem')
        .getByRole('button', { name: /^$/ })
        .all();
      await retry!.hover();
      await page.getByText('Retry', { exact: true }).waitFor();
      await retry!.click();
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText('Warehouse.reserve').first().waitFor({ state: 'hidden' });
      const text = await read('/queue/orders?status=completed', 'attempt #4');
      expect(text).toMatch(/COMPLETED\s+4/);
      expect(text).toMatch(/order-placed for Warehouse\.reserve\s*attempt #4/);
      expect(await sample.get('/failed')).toEqual([]);
      // The one that was brought is taken.
      expect((await sample.post('/stock', { item: 'kettle', quantity: 5 })).body.kettle).toBe(5);
    });

    it.each(['', 'a guess'])('is closed to those who do not have the password: %j', async (password) => {
      const stranger = await openPage(password);
      const response = await stranger.goto(`${sample.url}/queues`);
      expect(response?.status()).toBe(401);
      expect(await stranger.locator('body').innerText()).toMatch(/^The board is for the user 'admin'/);
      await stranger.context().close();
    });
  });
});
