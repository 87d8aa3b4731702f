import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { EventConfig, QueueDriver } from 'nestjs-event-drivers';
import { type BullMqConnection, BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { closeApps } from '../../support/app.js';
import { rejectionOf } from '../../support/drivers.js';
import { expectToGoOn } from '../../support/failing-redis.js';
import { describePrivateRedis, findPort, PrivateRedis } from '../../support/private-redis.js';
import { startOnRedis } from '../../support/redis-app.js';
import { findProblem, itWith } from '../../support/small-disk.js';
import { until } from '../../support/until.js';

Logger.overrideLogger(false);

const SECRET = 's3cr3t-canary';

/** A certificate for this machine, by nobody in particular. */
class Certificate {
  private readonly folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  readonly key = join(this.folder, 'key.pem');
  readonly certificate = join(this.folder, 'certificate.pem');

  create(): void {
    const of = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const to = ['-keyout', this.key, '-out', this.certificate, '-days', '1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...of, ...to], { stdio: 'ignore' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describePrivateRedis('The connections of an application', () => {
  let server: PrivateRedis;

  beforeAll(async () => {
    server = await PrivateRedis.create();
  });
  afterAll(() => server.remove());
  afterEach(closeApps);

  it('are two, whatever there is of drivers and queues, and none after it', async () => {
    const workerCreator = BullMqWorkerCreator.forRoot({ connection: server.url });
    const create = (queues: string[]) =>
      EventConfig.createConfigDriver(QueueDriver, { workerCreator, queues });
    const drivers = { second: create(['a', 'b']), third: create(['c']) };
    const app = await startOnRedis({ connection: server.url }, { queues: ['d', 'e'] }, { drivers });
    await expectToGoOn(app, 'a');
    expect(await server.listClients()).toHaveLength(2);
    await app.app.close();
    await until('none is left', async () => (await server.listClients()).length === 0);
  });

  it('are one where it works no queue', async () => {
    const { app } = await startOnRedis({ connection: server.url }, {}, { workers: false });
    expect(await server.listClients()).toHaveLength(1);
    await app.close();
    await until('none is left', async () => (await server.listClients()).length === 0);
  });

  it('are not that of the application, whose settings they have', async () => {
    const client = new Redis({ port: server.port, db: 3, connectionName: 'ours' });
    await client.set('a', 'b');
    const app = await startOnRedis({ connection: client });
    await expectToGoOn(app, 'a');
    const clients = await server.listClients();
    expect(clients).toHaveLength(3);
    for (const one of clients) expect(one).toMatch(/ name=ours .* db=3 /);
    await app.app.close();
    expect(await client.get('a')).toBe('b');
    await client.quit();
  });

  it('go on whatever their options say of giving up, and send nothing twice', async () => {
    const { port } = server;
    const app = await startOnRedis({
      connection: {
        host: '127.0.0.1',
        port,
        retryStrategy: () => null,
        enableOfflineQueue: true,
        autoResendUnfulfilledCommands: true,
        maxRetriesPerRequest: 20,
        enableAutoPipelining: true,
        lazyConnect: false,
      },
    });
    await expectToGoOn(app, 'a');
    for (const type of ['normal', 'pubsub']) await server.ask('CLIENT', 'KILL', 'TYPE', type);
    await expectToGoOn(app, 'b');
    expect(app.tasks.done).toEqual(['a', 'b']);
  });
});

describePrivateRedis('A connection', () => {
  let server: PrivateRedis;
  afterEach(async () => {
    await closeApps();
    await server.remove();
  });

  it('may go by a socket of the file system', async () => {
    server = await PrivateRedis.create({ unixsocket: 'redis.sock' });
    const path = server.pathOf('redis.sock');
    await expectToGoOn(await startOnRedis({ connection: { path } }), 'a');
    expect((await server.listClients()).filter((one) => one.includes(' addr=redis.sock:0 '))).toHaveLength(2);
  });

  itWith(findProblem('openssl', 'version'), 'may be encrypted, and says what is wrong with it', async () => {
    const certificate = new Certificate();
    certificate.create();
    const { key, certificate: file } = certificate;
    const port = await findPort();
    server = await PrivateRedis.create({
      'tls-port': String(port),
      'tls-cert-file': file,
      'tls-key-file': key,
      'tls-ca-cert-file': file,
      'tls-auth-clients': 'no',
    });
    const ca = readFileSync(file, 'utf8');
    await expectToGoOn(await startOnRedis({ connection: { host: 'localhost', port, tls: { ca } } }), 'a');
    const connections: [BullMqConnection, RegExp][] = [
      [`rediss://localhost:${port}`, /self-signed certificate/],
      [`redis://127.0.0.1:${port}`, /the server closed the connection|ECONNRESET/],
      // It waits for more of what it takes for a command.
      [`rediss://127.0.0.1:${server.port}`, /within 500 ms|ETIMEDOUT/],
    ];
    for (const [connection, reason] of connections) {
      expect(await rejectionOf(startOnRedis({ connection, timeoutMs: 500 }))).toMatchObject({
        code: 'EVENTS_STORE_UNAVAILABLE',
        message: expect.stringMatching(reason),
      });
    }
    certificate.remove();
  });
});

describe('The name of a store', () => {
  test.each<[connection: BullMqConnection, name: string]>([
    [`redis://me:${SECRET}@host:6380/2`, 'redis://host:6380/2 {events}'],
    [`rediss://:${SECRET}@host`, 'redis://host:6379/0 {events}'],
    [{ host: '::1', password: SECRET }, 'redis://[::1]:6379/0 {events}'],
    [{ path: '/run/redis.sock', password: SECRET }, 'redis unix:/run/redis.sock/0 {events}'],
    [
      { name: 'main', sentinels: [{ host: 'b' }, { host: 'a', port: 1 }], sentinelPassword: SECRET },
      'redis main of a:1,b:6379/0 {events}',
    ],
    [
      { nodes: [`redis://:${SECRET}@b:1`, { host: 'a' }], options: { redisOptions: { password: SECRET } } },
      'redis cluster a:6379,b:1 {events}',
    ],
  ])('has no secret in it (%#)', (connection, name) => {
    expect(new BullMqWorkerCreator({ connection }).getStoreName()).toBe(name);
  });
});
