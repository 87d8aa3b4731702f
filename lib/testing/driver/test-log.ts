import type { BaseEvent } from '../../index.js';

/** What events of the suite carry: the test they belong to, which of its events it is, and anything. */
export interface TestPayload {
  readonly test: string;
  readonly label: string;
  readonly value?: unknown;
}

export type TestEvent = BaseEvent<TestPayload>;

/** Whose work it is: the event's own, or that of one of the listeners. */
export type Worker = 'execute' | 'first' | 'second' | 'sole';

/** One run of a piece of work. */
export interface Run {
  readonly who: Worker;
  readonly label: string;
  readonly event: TestEvent;
  readonly signal: AbortSignal | undefined;
  /** What else the work was called with. */
  readonly transaction: unknown;
  /** By `performance.now()`. */
  readonly startedAt: number;
  hasEnded: boolean;
}

/** What the work of a test does; nothing if it has none. It may throw. */
export type Script = (run: Run) => unknown;

/** What ran for one test. */
export class TestLog {
  readonly runs: Run[] = [];
  /** How many ran at a time at most. */
  maxRunning = 0;
  private running = 0;

  constructor(public script: Script = () => undefined) {}

  /** What ran, each as `<who> <label>`, in order of the starts. */
  get started(): string[] {
    return this.runs.map(({ who, label }) => `${who} ${label}`);
  }

  get ended(): number {
    return this.runs.filter(({ hasEnded }) => hasEnded).length;
  }

  /** Runs by one worker. */
  of(who: Worker): Run[] {
    return this.runs.filter((run) => run.who === who);
  }

  async perform(run: Run): Promise<void> {
    this.runs.push(run);
    this.maxRunning = Math.max(this.maxRunning, ++this.running);
    try {
      await this.script(run);
    } finally {
      run.hasEnded = true;
      this.running--;
    }
  }
}

/** Applications outlive tests, and what was stored outlives applications: work finds its test by its payload. */
const logs = new Map<string, TestLog>();

export function openLog(test: string): TestLog {
  const log = new TestLog();
  logs.set(test, log);
  return log;
}

export function closeLog(test: string): void {
  logs.delete(test);
}

/** Does the work of the suite's events and listeners: whatever the test that they belong to says. */
export async function perform(
  who: Worker,
  event: TestEvent,
  signal: AbortSignal | undefined,
  transaction?: unknown,
): Promise<void> {
  const { test, label } = event.getPayload();
  await logs.get(test)?.perform({
    who,
    label,
    event,
    signal,
    transaction,
    startedAt: performance.now(),
    hasEnded: false,
  });
}
