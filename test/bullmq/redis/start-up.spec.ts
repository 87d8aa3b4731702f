import { Logger } from '@nestjs/common';
import { type OpenOptions, StoreUnavailableError } from 'nestjs-event-drivers';
import { type BullMqOptions, BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { closeApps } from '../../support/app.js';
import { ChildApp, LedgerFolder } from '../../support/child-app.js';
import { rejectionOf } from '../../support/drivers.js';
import { describePrivateRedis, findPort, PrivateRedis, type Settings } from '../../support/private-redis.js';
import { defineQueue } from '../../support/queue-definition.js';
import { startOnRedis } from '../../support/redis-app.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

Logger.overrideLogger(false);

const SECRET = 's3cr3t-canary';

/** What a process on a busy machine takes on top. */
const SLACK_MS = 2000;

afterEach(closeApps);

async function open(
  options: BullMqOptions,
  changes: Partial<OpenOptions> = {},
): Promise<{ warnings: string[]; engine: BullMqWorkerCreator }> {
  const engine = new BullMqWorkerCreator(options);
  const warnings: string[] = [];
  const opening = engine.open({
    queues: [defineQueue('queue')],
    isWorker: true,
    strict: false,
    onError: () => {},
    onWarning: (warning) => warnings.push(warning),
    ...changes,
  });
  await opening.catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  return { warnings, engine };
}

/** Opens and closes. @returns the warnings */
async function warningsOf(options: BullMqOptions, changes?: Partial<OpenOptions>): Promise<string[]> {
  const { warnings, engine } = await open(options, changes);
  await engine.close();
  return warnings;
}

describe('A start without Redis', () => {
  it('is refused at once, with the address, the reason and the remedy, and without the password', async () => {
    const started = performance.now();
    const error = await rejectionOf(startOnRedis({ connection: `redis://me:${SECRET}@127.0.0.1:1/3` }));
    expect(performance.now() - started).toBeLessThan(SLACK_MS);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(String(error)).toMatch(
      /redis:\/\/127\.0\.0\.1:1\/3 \{events\}: connect ECONNREFUSED 127\.0\.0\.1:1 \(is Redis running, /,
    );
    expect(String(error)).not.toContain(SECRET);
  });

  it('names the reason also where a name has several addresses', async () => {
    expect(await rejectionOf(open({ connection: 'redis://localhost:1' }))).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('names the reason also of a cluster', async () => {
    const connection = { nodes: [{ host: '127.0.0.1', port: 1 }] };
    expect(await rejectionOf(open({ connection }))).toMatchObject({
      message: expect.stringMatching(
        /redis cluster 127\.0\.0\.1:1 .*none of its nodes answers.*\(is Redis running/,
      ),
    });
  });

  it('leaves nothing behind that keeps the process', async () => {
    const ledgers = new LedgerFolder();
    const child = await ChildApp.spawn({
      ledgers: ledgers.path,
      redis: { connection: 'redis://127.0.0.1:1' },
    });
    expect(await rejectionOf(child.hears('ready'))).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await child.hasExited()).toBeLessThan(SLACK_MS);
    expect(ledgers.ids('unhandled')).toEqual([]);
  });
});

describePrivateRedis('A start', () => {
  const servers: PrivateRedis[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.remove())));

  async function createServer(settings: Settings = {}): Promise<PrivateRedis> {
    const server = await PrivateRedis.create(settings);
    servers.push(server);
    return server;
  }

  it.each(['a server', 'a cluster'])(
    'is refused in time where %s accepts and does not answer',
    async (kind) => {
      const server = await createServer();
      server.freeze();
      const { port } = server;
      const connection = kind === 'a server' ? server.url : { nodes: [{ host: '127.0.0.1', port }] };
      const started = performance.now();
      const error = await rejectionOf(open({ connection, timeoutMs: 300 }));
      const elapsed = performance.now() - started;
      expect(elapsed).toBeGreaterThan(290);
      expect(elapsed).toBeLessThan(300 + SLACK_MS);
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect(String(error)).toMatch(/within 300 ms.*\(is Redis running, /);
    },
  );

  it('that was refused because nobody answered leaves nothing behind that keeps the process', async () => {
    const server = await createServer();
    const proxy = await TcpProxy.openFor(server.url);
    proxy.blackhole();
    const ledgers = new LedgerFolder();
    const redis = { connection: proxy.through(server.url), timeoutMs: 300 };
    const child = await ChildApp.spawn({ ledgers: ledgers.path, redis });
    await rejectionOf(child.hears('ready'));
    expect(await child.hasExited()).toBeLessThan(SLACK_MS);
    expect(ledgers.ids('unhandled')).toEqual([]);
    await proxy.close();
  });

  it('is refused with a wrong password, or without one, and with the remedy', async () => {
    const { port } = await createServer({ requirepass: SECRET });
    const remedy = /\(check the user and the password of the connection\)/;
    const wrong = await rejectionOf(open({ connection: `redis://:${SECRET}-not@127.0.0.1:${port}` }));
    expect(String(wrong)).toMatch(/WRONGPASS/);
    expect(String(wrong)).toMatch(remedy);
    expect(String(wrong)).not.toContain(SECRET);
    const none = await rejectionOf(open({ connection: `redis://127.0.0.1:${port}` }));
    expect(String(none)).toMatch(/NOAUTH/);
    expect(String(none)).toMatch(remedy);
    expect(await warningsOf({ connection: `redis://:${SECRET}@127.0.0.1:${port}` })).toEqual([]);
  });

  it('on a replica is refused, with the remedy', async () => {
    const { url } = await createServer({ replicaof: `127.0.0.1 ${await findPort()}` });
    const error = await rejectionOf(open({ connection: url }));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(String(error)).toMatch(/replica.*connect to the master/);
  });

  it('warns once of a server that may lose what it has confirmed, or deletes it; strictly, it is an error', async () => {
    const { url: connection } = await createServer({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
    expect(await warningsOf({ connection })).toEqual([
      expect.stringMatching(/maxmemory-policy allkeys-lru.*Set maxmemory-policy noeviction\./),
      expect.stringMatching(/appendonly no.*Set appendonly yes\./),
    ]);
    const error = await rejectionOf(open({ connection }, { strict: true }));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(String(error)).toMatch(/noeviction\. .*appendonly yes\. \(strict: true\)/);
  });

  it('warns of nothing where there is nothing to warn of', async () => {
    const { url: connection } = await createServer();
    expect(await warningsOf({ connection }, { strict: true })).toEqual([]);
  });
});
