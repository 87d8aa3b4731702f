import type { DeadLetterFilter } from '../../queue/worker-creator.js';
import type { Letter } from './job.js';

/** The dead letters of a store, oldest first. */
export class DeadLetters {
  private readonly byQueue = new Map<string, Map<string, Letter>>();

  add(letter: Letter): void {
    const letters = this.byQueue.get(letter.deadLetterQueue) ?? new Map<string, Letter>();
    this.byQueue.set(letter.deadLetterQueue, letters.set(letter.id, letter));
  }

  find(deadLetterQueue: string, { ids, queue, event, listener, before }: DeadLetterFilter): Letter[] {
    const letters = this.byQueue.get(deadLetterQueue)?.values() ?? [];
    const wanted = ids === undefined ? undefined : new Set(ids);
    return [...letters].filter(
      (letter) =>
        (wanted === undefined || wanted.has(letter.id)) &&
        (queue === undefined || letter.queue === queue) &&
        (event === undefined || letter.data.event === event) &&
        (listener === undefined || letter.data.listener === listener) &&
        (before === undefined || letter.failedAt < before),
    );
  }

  delete({ deadLetterQueue, id }: Letter): void {
    this.byQueue.get(deadLetterQueue)?.delete(id);
  }

  all(): Letter[] {
    return [...this.byQueue.values()].flatMap((letters) => [...letters.values()]);
  }
}
