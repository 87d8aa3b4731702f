import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../../support/child-app.js';
import type { ChildConfig, Command } from '../../support/child/protocol.js';
import { getLoad } from '../../support/load.js';
import { createRandom } from '../../support/random.js';
import { until } from '../../support/until.js';
import type { ReliabilityHarness, Store } from './harness.js';
import { type Allowance, describeVerdict, expectNothingLost, judge, type Verdict } from './verdict.js';

/** How long it may take until nothing is left to do, in milliseconds. */
const SETTLE_MS = getLoad(60_000, 600_000);

/** What one scenario has to itself: a store with nothing in it, ledgers, and processes on that store. */
export class Bench {
  readonly ledgers = new LedgerFolder();
  /** Follows from the seed of the run and the name of the scenario. */
  readonly random: () => number;
  /** How many processes were killed. */
  kills = 0;

  constructor(
    readonly harness: ReliabilityHarness,
    readonly store: Store,
    title: string,
  ) {
    this.random = createRandom(`${harness.name} ${title}`);
  }

  spawn(options: Partial<ChildConfig> = {}): Promise<ChildApp> {
    return ChildApp.spawn(this.toConfig(options));
  }

  start(options: Partial<ChildConfig> = {}): Promise<ChildApp> {
    return ChildApp.start(this.toConfig(options));
  }

  /** Dispatches from a process that ends when it is acknowledged. */
  async dispatch(...commands: Extract<Command, { dispatch: string }>[]): Promise<void> {
    const child = await this.start({ workers: false });
    for (const command of commands) await child.dispatch(command);
    await child.kill();
  }

  /** Waits for at most so long, at random. */
  async pause(mostMs: number): Promise<void> {
    await delay(this.random() * mostMs);
  }

  /** Ends processes at once, and has others know of it. */
  async kill(...children: readonly ChildApp[]): Promise<void> {
    this.kills += children.length;
    await Promise.all(children.map((child) => child.kill()));
    await this.store.forget();
  }

  /** Waits until processes end by themselves, by SIGKILL, and has others know of it. */
  async untilKilled(child: ChildApp): Promise<void> {
    await child.hasExited();
    expect(child.endedBy).toBe('SIGKILL');
    this.kills++;
    await this.store.forget();
  }

  /** Ends processes as a deployment does. */
  async terminate(...children: readonly ChildApp[]): Promise<void> {
    for (const child of children) child.signal('SIGTERM');
    await Promise.all(children.map((child) => child.hasExited()));
    for (const child of children) expect(child.exitCode).toBe(0);
  }

  /** Waits until nothing is left to do. */
  async untilSettled(worker: ChildApp): Promise<void> {
    await until('all is settled', async () => (await worker.count()).open === 0, SETTLE_MS);
  }

  startsOf(id: string): number {
    return this.ledgers.ids('started').filter((started) => started === id).length;
  }

  /** Works off what there is, and compares the ledgers with what is in the store then. */
  async settle(options: Partial<ChildConfig> = {}): Promise<Verdict> {
    const worker = await this.start({ concurrency: 50, ...options });
    await this.untilSettled(worker);
    await this.terminate(worker);
    return judge(this.ledgers, await this.store.read());
  }

  /** The same, and fails unless nothing was lost. @returns the figure for the matrix */
  async expectNothingLost(allowance: Allowance, options: Partial<ChildConfig> = {}): Promise<string> {
    const verdict = await this.settle(options);
    expectNothingLost(verdict, allowance);
    return describeVerdict(verdict, this.kills);
  }

  private toConfig(options: Partial<ChildConfig>): ChildConfig {
    return { ledgers: this.ledgers.path, ...this.store.place, ...options };
  }
}
