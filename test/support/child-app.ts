import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLongRun } from './load.js';
import { compileChild } from './child/compile-child.js';
import type { ChildConfig, Command, LedgerName, Report } from './child/protocol.js';

const script = compileChild();
const running = new Set<ChildApp>();
const folders: string[] = [];

/** A line of a ledger. */
export interface Entry {
  readonly id: string;
  readonly pid: number;
  readonly at: number;
  readonly note: string;
}

const NEWLINE = 10;

/** What children have recorded, which outlives them. */
export class LedgerFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'ledgers-'));

  constructor() {
    folders.push(this.path);
  }

  read(name: LedgerName): Entry[] {
    const file = join(this.path, name);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [id = '', pid, at, ...note] = line.split(' ');
        return { id, pid: Number(pid), at: Number(at), note: note.join(' ') };
      });
  }

  /** How many entries there are, which is asked for again and again. */
  count(name: LedgerName): number {
    const file = join(this.path, name);
    if (!existsSync(file)) return 0;
    const content = readFileSync(file);
    let count = 0;
    for (let end = content.indexOf(NEWLINE); end >= 0; end = content.indexOf(NEWLINE, end + 1)) count++;
    return count;
  }

  ids(name: LedgerName): string[] {
    return this.read(name).map(({ id }) => id);
  }
}

/** A process of its own with an application that has a durable queue. */
export class ChildApp {
  private readonly reports: Report[] = [];
  private readonly exited: Promise<unknown>;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', (report) => this.reports.push(report as Report));
    this.exited = once(process, 'exit');
    // A test that fails may leave one behind, which ends with the tests.
    process.unref();
    process.channel?.unref();
    running.add(this);
  }

  static async spawn(config: ChildConfig): Promise<ChildApp> {
    const child = fork(await script, [JSON.stringify(config)], {
      // Those of Jest are not meant for it. An embedded database is opened by most of them, and does little in each.
      execArgv: isLongRun() ? [] : ['--liftoff-only'],
      env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new ChildApp(child);
  }

  /** Starts one, and waits until it is ready. */
  static async start(config: ChildConfig): Promise<ChildApp> {
    const child = await ChildApp.spawn(config);
    await child.hears('ready');
    return child;
  }

  get pid(): number {
    return this.process.pid!;
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The signal that ended it, if one did. */
  get endedBy(): NodeJS.Signals | null {
    return this.process.signalCode;
  }

  get exitCode(): number | null {
    return this.process.exitCode;
  }

  tell(command: Command): void {
    this.process.send(command, () => undefined);
  }

  /** Dispatches, and waits until all of it is acknowledged or refused. */
  async dispatch(command: Extract<Command, { dispatch: string }>): Promise<void> {
    this.tell(command);
    await this.hears('dispatched');
  }

  /** How many deliveries are not done, and how many are dead letters. */
  async count(): Promise<{ readonly open: number; readonly dead: number }> {
    this.tell({ count: true });
    return (await this.hears('counted')).counted;
  }

  /** Waits for a report; rejects if the process ends instead. */
  async hears<TKey extends string>(key: TKey): Promise<Extract<Report, Record<TKey, unknown>>> {
    for (;;) {
      const index = this.reports.findIndex((report) => key in report);
      if (index >= 0) return this.reports.splice(index, 1)[0] as Extract<Report, Record<TKey, unknown>>;
      const failed = this.reports.find((report) => 'failed' in report);
      if (failed !== undefined)
        throw new Error(`Process ${this.pid} did not start: ${failed.failed.message}`);
      const message = once(this.process, 'message');
      await Promise.race([message, this.exited.then(() => this.refuse(key))]);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (this.isAlive) this.process.kill('SIGKILL');
    await this.hasExited();
  }

  /** Waits for its end. @returns the milliseconds until then */
  async hasExited(): Promise<number> {
    const since = performance.now();
    await this.exited;
    running.delete(this);
    return performance.now() - since;
  }

  private refuse(key: string): void {
    if (!this.reports.some((report) => key in report))
      throw new Error(`Process ${this.pid} ended without '${key}'`);
  }
}

/** Kills what still runs, and removes what was recorded. */
export async function endChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

afterEach(endChildren);
