import type { SerializedDelivery } from 'nestjs-event-drivers';

/** A delivery in the store. */
export interface Entry {
  readonly id: string;
  readonly data: SerializedDelivery['data'];
  readonly attemptsAtMost: number;
  dueAt: number;
  attempt: number;
  /** Held is what an application cannot make: another may. */
  status: 'waiting' | 'running' | 'done' | 'failed' | 'held';
  error?: unknown;
}

/** What outlives the drivers that store in it, and their applications. */
export class MemoryStore {
  readonly entries = new Map<string, Entry>();

  /** What was in the hands of a driver that is gone is to be delivered again. */
  recover(): void {
    for (const entry of this.entries.values()) {
      if (entry.status === 'running' || entry.status === 'held') entry.status = 'waiting';
    }
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) if (!this.entries.has(entry.id)) this.entries.set(entry.id, entry);
  }

  get waiting(): Entry[] {
    return [...this.entries.values()].filter(({ status }) => status === 'waiting');
  }
}
