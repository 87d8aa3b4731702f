import type { Db } from 'pg-boss';
import { describeForgotten } from '../queue/describe-forgotten.js';
import type { QueueDefinition } from '../queue/worker-creator.js';
import { ORDERED_SUFFIX, toQueueName } from './pg-boss.mapper.js';

/** Queues that have been given names in an application, and others that are left of it in a store. */
export class ForgottenQueues {
  /** The names that are in use, by the queue of their dead letters. */
  private readonly named = new Map<string, Set<string>>();

  constructor(
    /** The schema of pg-boss, as it is written in statements. */
    private readonly schema: string,
    private readonly onWarning: (message: string) => void,
  ) {}

  add(definitions: readonly QueueDefinition[]): void {
    for (const { name, deadLetterQueue } of definitions) {
      const names = this.named.get(deadLetterQueue) ?? new Set();
      this.named.set(deadLetterQueue, names.add(name).add(name + ORDERED_SUFFIX));
    }
  }

  /** The names that are in use, or none where that is not known. */
  getNamed(deadLetterQueue: string): readonly string[] {
    return [...(this.named.get(deadLetterQueue) ?? [])];
  }

  /** Queues of pg-boss that were made for a driver which does not name them any more. */
  async find(db: Db, deadLetterQueue: string): Promise<string[]> {
    const named = this.getNamed(deadLetterQueue);
    if (named.length === 0) return [];
    const { rows } = await db.executeSql(
      `SELECT name FROM ${this.schema}.queue WHERE dead_letter = $1 AND NOT name = ANY($2) ORDER BY name`,
      [deadLetterQueue, named],
    );
    return (rows as { name: string }[]).map(({ name }) => name);
  }

  /** Says which of them have deliveries that nobody will run. */
  async warnOfDeliveries(db: Db, definitions: readonly QueueDefinition[]): Promise<void> {
    for (const deadLetterQueue of new Set(definitions.map((definition) => definition.deadLetterQueue))) {
      const found = await this.find(db, deadLetterQueue);
      if (found.length === 0) continue;
      const { rows } = await db.executeSql(
        `SELECT name, count(*) AS count FROM ${this.schema}.job
        WHERE name = ANY($1) AND state IN ('created', 'retry', 'active') GROUP BY name ORDER BY name`,
        [found],
      );
      this.warn(rows, deadLetterQueue, 'deliveries');
    }
  }

  /** @param counts of dead letters, by the queue that they came from */
  warnOfDeadLetters(counts: readonly unknown[], deadLetterQueue: string): void {
    this.warn(counts, deadLetterQueue, 'deadLetters');
  }

  private warn(rows: readonly unknown[], deadLetterQueue: string, what: 'deliveries' | 'deadLetters'): void {
    const counts = new Map<string, number>();
    for (const { name, count } of rows as { name: string; count: string }[]) {
      const queue = toQueueName(name);
      counts.set(queue, (counts.get(queue) ?? 0) + Number(count));
    }
    for (const [queue, count] of counts) {
      this.onWarning(describeForgotten(queue, deadLetterQueue, what, count));
    }
  }
}
