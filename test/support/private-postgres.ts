import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const BIN = process.env['POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin';
const run = promisify(execFile);

/** How a server is stopped: at once, as by a crash, or in an orderly way. */
export type StopMode = 'kill' | 'immediate' | 'fast';

/** Whether servers of one's own can be started here. */
export function hasPrivatePostgres(): boolean {
  return existsSync(join(BIN, 'initdb')) && process.getuid?.() === 0;
}

/** A PostgreSQL server that a test has for itself, and may treat as it likes. */
export class PrivatePostgres {
  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async create(): Promise<PrivatePostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    chmodSync(folder, 0o777);
    const server = new PrivatePostgres(folder, await findPort());
    await server.command('initdb', ['-D', server.data, '-A', 'trust', '-U', 'postgres', '-N']);
    await server.start();
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves once it answers. After a crash it cannot start before the processes of the last one have gone. */
  async start(): Promise<void> {
    const options = `-p ${this.port} -k ${this.folder} -c listen_addresses=127.0.0.1 -c max_connections=100`;
    const args = ['-D', this.data, '-l', join(this.folder, 'log'), '-w', '-o', options, 'start'];
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.command('pg_ctl', args);
      } catch (error) {
        if (attempt === 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }

  async stop(mode: StopMode): Promise<void> {
    if (mode !== 'kill') return this.command('pg_ctl', ['-D', this.data, '-w', '-m', mode, 'stop']);
    process.kill(Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  }

  async query<TRow extends object>(text: string, values?: unknown[]): Promise<TRow[]> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<TRow>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    await this.stop('immediate').catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  /** The server refuses to be run by root. */
  private async command(name: string, args: readonly string[]): Promise<void> {
    await run('runuser', ['-u', 'postgres', '--', join(BIN, name), ...args], { cwd: this.folder });
  }
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
