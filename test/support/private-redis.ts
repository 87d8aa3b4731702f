import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describeNeeding } from './describe-needing.js';
import { findProblem } from './small-disk.js';
import { until } from './until.js';

const SERVER = process.env['REDIS_SERVER'] ?? 'redis-server';
const problem = findProblem(SERVER, '--version');

/** Whether servers of one's own can be started here. */
export const hasPrivateRedis = problem === undefined;

/** Nothing acknowledged is lost with the process; and no snapshot comes in between. */
const DEFAULTS: Settings = { appendonly: 'yes', appendfsync: 'everysec', save: '' };

/** What `redis.conf` takes. */
export type Settings = Readonly<Record<string, string>>;

/** Declares tests that start Redis servers: skipped where there are none, which fails in continuous integration. */
export function describePrivateRedis(title: string, body: () => void): void {
  describeNeeding('redis-server', problem, title, body);
}

const running = new Set<ChildProcess>();
// A test that fails may leave one behind.
afterAll(() => running.forEach((server) => server.kill('SIGKILL')));

/** A Redis server that a test has for itself, and may treat as it likes. */
export class PrivateRedis {
  private readonly folder = mkdtempSync(join(tmpdir(), 'redis-'));
  private server: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly settings: Settings,
  ) {}

  static async create(settings: Settings = {}): Promise<PrivateRedis> {
    const redis = new PrivateRedis(await findPort(), settings);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** Where it listens besides, if `unixsocket` is among the settings by this name. */
  pathOf(file: string): string {
    return join(this.folder, file);
  }

  /** Resolves once it has read what it had stored, and answers. Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.server !== undefined) return;
    const settings = {
      ...DEFAULTS,
      ...this.settings,
      port: String(this.port),
      bind: '127.0.0.1',
      dir: this.folder,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const server = spawn(SERVER, args, { stdio: 'ignore' });
    server.unref();
    running.add(server);
    server.once('exit', () => running.delete(server));
    this.server = server;
    await until('Redis answers', async () => {
      if (server.exitCode !== null)
        throw new Error(`redis-server ended with ${server.exitCode}: ${args.join(' ')}`);
      return (await this.ask('PING').catch(() => undefined)) === 'PONG';
    });
  }

  /** Ends it at once, as by a crash. */
  async kill(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  /** From now on it does nothing, and tells nobody; the system goes on to accept connections for it. */
  freeze(): void {
    this.server!.kill('SIGSTOP');
  }

  thaw(): void {
    this.server?.kill('SIGCONT');
  }

  /** Asks it past everything that is tested, over a connection of its own. */
  async ask<T = unknown>(command: string, ...args: readonly (string | number)[]): Promise<T> {
    const { requirepass } = this.settings;
    const client = new Redis(this.port, '127.0.0.1', {
      lazyConnect: true,
      retryStrategy: null,
      connectionName: 'test',
      ...(requirepass === undefined ? {} : { password: requirepass }),
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.call(command, ...args.map(String))) as T;
    } finally {
      client.disconnect();
    }
  }

  /** The connections that others have. */
  async listClients(): Promise<string[]> {
    const list = await this.ask<string>('CLIENT', 'LIST');
    return list.split('\n').filter((line) => line !== '' && !line.includes(' name=test '));
  }

  async remove(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port that nobody listens at. */
export async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
