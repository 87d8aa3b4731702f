import { randomUUID } from 'node:crypto';
import type { WorkOptions } from '../queue/worker-creator.js';
import { type BullMqJob, type ClaimReply, toJob, toTakenJobs } from './bullmq.mapper.js';
import type { QueueLink } from './queue-link.js';

interface ClaimsParts {
  readonly link: QueueLink;
  readonly options: WorkOptions;
  readonly heartbeatMs: number;
  /** How the worker is called where workers are looked at. */
  readonly workerName: string;
  /** Has it looked for deliveries again after a while. */
  readonly wakeIn: (milliseconds: number) => void;
}

/** Takes deliveries from a queue, each time with a token of its own, by which it is known whose they are. */
export class Claims {
  private readonly id = randomUUID();
  private count = 0;
  /** What was asked for with these may have been given, and nobody knows of it. */
  private readonly unanswered = new Set<string>();
  private readonly limits: readonly string[];

  constructor(private readonly parts: ClaimsParts) {
    const { rateLimit, groupConcurrency } = parts.options;
    const limits = [rateLimit?.max, rateLimit?.durationMs, groupConcurrency];
    this.limits = limits.map((limit) => String(limit ?? ''));
  }

  /** Takes so many at most. */
  async fetch(batchSize: number): Promise<BullMqJob[]> {
    const { link, heartbeatMs, workerName, wakeIn } = this.parts;
    await this.returnUnanswered();
    return this.take(async (token) => {
      const args = [token, String(heartbeatMs), String(batchSize), workerName, ...this.limits];
      const [pauseMs, ...replies] = await link.callPlain<[number, ...ClaimReply[]]>('claim', args);
      if (pauseMs >= 0) wakeIn(pauseMs);
      return replies.map((reply) => toJob(reply, token));
    });
  }

  /**
   * Takes deliveries as they are stored, unless others are before them.
   *
   * @param args what they are stored with, with room for what each script is called with
   */
  store(args: readonly string[]): Promise<BullMqJob[]> {
    const { link, heartbeatMs, workerName } = this.parts;
    return this.take(async (token) => {
      const given = [...args, token, String(heartbeatMs), workerName];
      const [attempts, ...ids] = await link.callWith<[string, ...string[]]>('storeTaken', given);
      return toTakenJobs(args, new Set(ids), Number(attempts), token);
    });
  }

  private async take(ask: (token: string) => Promise<BullMqJob[]>): Promise<BullMqJob[]> {
    const token = `${this.id}:${this.count++}`;
    try {
      return await ask(token);
    } catch (error) {
      this.unanswered.add(token);
      throw error;
    }
  }

  private async returnUnanswered(): Promise<void> {
    if (this.unanswered.size === 0) return;
    const tokens = [...this.unanswered];
    await this.parts.link.call('return', tokens);
    for (const token of tokens) this.unanswered.delete(token);
  }
}
