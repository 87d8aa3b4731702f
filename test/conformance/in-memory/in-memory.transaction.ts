import type { StoredDelivery } from 'nestjs-event-drivers';
import type { InMemoryStore } from './in-memory.store.js';

/** Keeps what is stored until it is committed. */
export class InMemoryTransaction {
  private stored: { queue: string; deliveries: readonly StoredDelivery[] }[] = [];

  constructor(private readonly store: InMemoryStore) {}

  insert(queue: string, deliveries: readonly StoredDelivery[]): void {
    for (const delivery of deliveries) this.store.check(delivery);
    this.stored.push({ queue, deliveries });
  }

  commit(): void {
    for (const { queue, deliveries } of this.stored.splice(0)) this.store.insert(queue, deliveries);
  }

  rollback(): void {
    this.stored = [];
  }
}
