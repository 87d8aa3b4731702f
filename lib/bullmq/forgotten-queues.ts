import { describeForgotten } from '../queue/describe-forgotten.js';
import type { QueueDefinition } from '../queue/worker-creator.js';
import type { BullMqQueues } from './bullmq.queues.js';
import { countQueue } from './count-queue.js';

/** Queues that have been given names in an application, and others that are left of it in a store. */
export class ForgottenQueues {
  /** The names that are in use, by the queue of their dead letters. */
  private readonly named = new Map<string, Set<string>>();

  constructor(
    private readonly queues: BullMqQueues,
    private readonly timeoutMs: number,
    private readonly onWarning: (message: string) => void,
  ) {}

  add(definitions: readonly QueueDefinition[]): void {
    for (const { name, deadLetterQueue } of definitions) {
      const names = this.named.get(deadLetterQueue) ?? new Set();
      this.named.set(deadLetterQueue, names.add(name));
    }
  }

  /** Whether a queue was made for a driver which does not name it any more; not so where that is not known. */
  isForgotten(queue: string, deadLetterQueue: string): boolean {
    return this.named.get(deadLetterQueue)?.has(queue) === false;
  }

  /** Says which of them have deliveries that nobody will run. */
  async warnOfDeliveries(definitions: readonly QueueDefinition[]): Promise<void> {
    const meant = new Set(definitions.map(({ deadLetterQueue }) => deadLetterQueue));
    for (const [queue, deadLetterQueue] of await this.queues.listDeadLetterQueues()) {
      if (!meant.has(deadLetterQueue) || !this.isForgotten(queue, deadLetterQueue)) continue;
      const counts = await countQueue(this.queues.get(queue), this.timeoutMs);
      const waiting = counts.reduce((sum, { ready, delayed, active }) => sum + ready + delayed + active, 0);
      if (waiting > 0) this.onWarning(describeForgotten(queue, deadLetterQueue, 'deliveries', waiting));
    }
  }

  /** @param queues those that they came from, one for each */
  warnOfDeadLetters(deadLetterQueue: string, queues: readonly string[]): void {
    for (const [queue, letters] of Map.groupBy(queues, (name) => name)) {
      this.onWarning(describeForgotten(queue, deadLetterQueue, 'deadLetters', letters.length));
    }
  }
}
