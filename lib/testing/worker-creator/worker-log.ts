import type { Claim, Outcome, QueueWorker } from '../../queue/worker-creator.js';

/** One run of a delivery. */
export interface Run {
  readonly label: string;
  readonly claim: Claim;
  /** By `Date.now()`. */
  readonly startedAt: number;
  endedAt: number | undefined;
}

/** What becomes of a run; completed if nothing is said. */
export type Script = (claim: Claim, label: string) => Outcome | void | Promise<Outcome | void>;

/** A worker, with a record of what it ran. */
export class WorkerLog {
  readonly runs: Run[] = [];
  worker: QueueWorker | undefined;
  /** How many ran at a time at most. */
  maxRunning = 0;
  private running = 0;

  constructor(private readonly script: Script) {}

  /** What ran, in order of the starts. */
  get labels(): string[] {
    return this.runs.map(({ label }) => label);
  }

  /** How many runs have ended. */
  get ended(): number {
    return this.runs.filter(({ endedAt }) => endedAt !== undefined).length;
  }

  /** Runs of one delivery. */
  of(label: string): Run[] {
    return this.runs.filter((run) => run.label === label);
  }

  async run(claim: Claim): Promise<Outcome> {
    const label = labelOf(claim);
    const run: Run = { label, claim, startedAt: Date.now(), endedAt: undefined };
    this.runs.push(run);
    this.maxRunning = Math.max(this.maxRunning, ++this.running);
    try {
      return (await this.script(claim, label)) ?? { status: 'completed' };
    } finally {
      run.endedAt = Date.now();
      this.running--;
    }
  }

  async stop(): Promise<void> {
    await this.worker?.stop();
  }

  async release(): Promise<void> {
    await this.worker?.release();
  }
}

export function labelOf({ data }: Pick<Claim, 'data'>): string {
  return String((data.payload as { label?: unknown } | null)?.label);
}
