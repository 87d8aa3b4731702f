import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { createPrefix, REDIS_URL } from '../../../test/support/redis.js';
import { until } from '../../../test/support/until.js';
import { AppModule } from '../src/app.module.js';

export const PASSWORD = 'sesame öffne dich';

/** The sample on a port of its own, with keys in Redis that are nobody else's. */
export class RunningSample {
  private constructor(
    private readonly app: INestApplication,
    readonly url: string,
    private readonly removeKeys: () => Promise<void>,
  ) {}

  static async start(boardPassword: string | undefined = PASSWORD): Promise<RunningSample> {
    const redis = new Redis(REDIS_URL);
    const { prefix, removeAll } = createPrefix(redis);
    const settings = { port: 0, redisUrl: REDIS_URL, prefix, retryDelayMs: 1, boardPassword };
    const app = await NestFactory.create(AppModule.register(settings), {
      logger: false,
      abortOnError: false,
    });
    await app.listen(0, '127.0.0.1');
    return new RunningSample(app, await app.getUrl(), async () => {
      await removeAll();
      await redis.quit();
    });
  }

  async get(path: string): Promise<any> {
    return (await fetch(`${this.url}${path}`)).json();
  }

  async post(path: string, body?: object): Promise<{ status: number; body: any }> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Places an order that can be done and one that cannot, and waits for what becomes of them. */
  async placeOrders(): Promise<void> {
    await this.post('/orders', { item: 'teapot', quantity: 2 });
    await this.post('/orders', { item: 'kettle', quantity: 1 });
    await until('both mails are sent', async () => (await this.get('/mails')).length === 2);
    await until('a reservation is given up', async () => (await this.get('/failed')).length === 1);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.removeKeys();
  }
}
