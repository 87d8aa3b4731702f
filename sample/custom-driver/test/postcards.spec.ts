import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';

let app: INestApplication;
let folder: string;
let url: string;

async function open(sendingMs = 1): Promise<void> {
  const settings = { port: 0, folder, sendingMs, retryDelayMs: 1 };
  app = await NestFactory.create(AppModule.register(settings), { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
}

async function get(path: string): Promise<unknown> {
  return (await fetch(`${url}${path}`)).json();
}

async function post(path: string, body?: object): Promise<{ status: number; body: any }> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** Asks until the answer is what is waited for; the time limit is that of the test. */
async function eventually(path: string, matches: (answer: any) => boolean): Promise<any> {
  let answer: unknown;
  do answer = await get(path);
  while (!matches(answer));
  return answer;
}

const today = new Date().toISOString().slice(0, 10);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postcards-'));
  await open();
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

it('accepts a postcard, and sends it', async () => {
  const { status, body } = await post('/postcards', { to: 'Ada', text: 'Greetings' });
  expect(status).toBe(202);
  expect(body.accepted).toMatch(/^[\da-f-]{36}$/);
  const sent = await eventually('/postcards/sent', ({ length }) => length === 1);
  expect(sent[0]).toMatch(new RegExp(`^To Ada, on ${today.slice(0, 8)}.*: Greetings$`));
});

it('refuses what is no postcard, and a time that is none', async () => {
  expect((await post('/postcards', { to: 'Ada' })).status).toBe(400);
  expect((await post('/postcards?in=soon', { to: 'Ada', text: 'Greetings' })).status).toBe(400);
});

it('keeps a postcard that is to be sent later', async () => {
  await post('/postcards?in=1h', { to: 'Ada', text: 'Later' });
  expect(await get('/postcards/counts')).toMatchObject([{ delayed: 1, listener: 'SendPostcard' }]);
  await app.close();
  await open();
  expect(await get('/postcards/counts')).toMatchObject([{ delayed: 1, listener: 'SendPostcard' }]);
  expect(await get('/postcards/sent')).toEqual([]);
});

it('gives up after three attempts, keeps what it gave up, and sends that when it is told to', async () => {
  await post('/post-office/close');
  await post('/postcards', { to: 'Ada', text: 'In vain' });
  const failed = await eventually('/failed', ({ length }) => length === 1);
  expect(failed).toMatchObject([
    { reason: 'The post office is closed', attempts: 3, payload: { to: 'Ada', text: 'In vain' } },
  ]);
  await app.close();
  await open();
  expect(await get('/failed')).toEqual(failed);
  expect((await post('/failed/redrive')).body).toEqual({ redriven: 1 });
  await eventually('/postcards/sent', ({ length }) => length === 1);
  expect(await get('/failed')).toEqual([]);
});

it('is open in one application only', async () => {
  const settings = { port: 0, folder, sendingMs: 1, retryDelayMs: 1 };
  const second = NestFactory.create(AppModule.register(settings), { logger: false, abortOnError: false });
  await expect(second.then((other) => other.init())).rejects.toThrow(
    `The folder '${join(folder, 'deliveries')}' is in use by process ${process.pid}`,
  );
});
