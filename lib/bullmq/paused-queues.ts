import type { BullMqQueues } from './bullmq.queues.js';

/** The queues that are paused, as far as is known here: what is in hand must not begin while its queue is. */
export class PausedQueues {
  private readonly known = new Set<string>();

  constructor(
    private readonly queues: BullMqQueues,
    /** Hears that they are others than before. */
    private readonly onChange: () => void,
  ) {}

  has(queue: string): boolean {
    return this.known.has(queue);
  }

  /** Looks which of these there are now. */
  async refresh(names: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all(names.map((name) => this.queues.isPaused(name)));
    let hasChanged = false;
    names.forEach((name, index) => {
      hasChanged ||= found[index] !== this.known.has(name);
      if (found[index] === true) this.known.add(name);
      else this.known.delete(name);
    });
    if (hasChanged) this.onChange();
    return names.filter((_, index) => found[index]);
  }

  async set(queue: string, isPaused: boolean): Promise<void> {
    await this.queues.get(queue).call('pause', [isPaused ? 'paused' : 'resumed']);
    await this.refresh([queue]);
  }
}
