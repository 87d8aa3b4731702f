import type { Ledger } from './journal.js';
import type { JournalRecord, OutcomeRecord, StoredRecord } from './journal-record.js';

/** A delivery that is not done. */
export type Delivery = Omit<StoredRecord, 'type'>;

/** What the records of a journal come to: which deliveries there are, and which of them are to be made now. */
export class DeliveryBook implements Ledger {
  private readonly deliveries = new Map<string, Delivery>();
  /** To be made now, in the order they came. */
  private readonly ready = new Set<string>();
  /** To be made later. */
  private readonly delayed = new Set<string>();
  /** The last ones that are done. */
  private readonly done = new Set<string>();

  /** @param maxRemembered how many that are done to remember */
  constructor(private readonly maxRemembered: number) {}

  /** How many records it takes to write down all of this. */
  get size(): number {
    return this.deliveries.size + this.done.size;
  }

  /** Whether a delivery is stored, or was not long ago. */
  has(id: string): boolean {
    return this.deliveries.has(id) || this.done.has(id);
  }

  getAll(): readonly Delivery[] {
    return [...this.deliveries.values()];
  }

  getState({ id, givenUp }: Delivery): 'ready' | 'delayed' | 'active' | 'failed' {
    if (givenUp !== undefined) return 'failed';
    if (this.ready.has(id)) return 'ready';
    return this.delayed.has(id) ? 'delayed' : 'active';
  }

  apply(record: JournalRecord): void {
    if (record.type === 'stored') this.add(record);
    else this.change(record);
  }

  /** The next one to be made, which is then nobody else's. */
  take(): Delivery | undefined {
    const [id] = this.ready;
    if (id === undefined) return undefined;
    this.ready.delete(id);
    return this.deliveries.get(id);
  }

  /** Makes ready what has become due. @returns when the next one does, in milliseconds since 1970 */
  promote(now: number): number | undefined {
    let next: number | undefined;
    for (const id of this.delayed) {
      const dueAt = this.deliveries.get(id)?.dueAt ?? 0;
      if (dueAt > now) next = Math.min(next ?? dueAt, dueAt);
      else if (this.delayed.delete(id)) this.ready.add(id);
    }
    return next;
  }

  /** All that is needed to know as much again. */
  toRecords(): readonly JournalRecord[] {
    return [
      ...[...this.done].map((id): OutcomeRecord => ({ type: 'done', id })),
      ...this.getAll().map((delivery): StoredRecord => ({ type: 'stored', ...delivery })),
    ];
  }

  private add({ type: _type, ...delivery }: StoredRecord): void {
    // Two who dispatch the same at a time both have it written.
    if (!this.has(delivery.id)) this.put(delivery);
  }

  private change(record: OutcomeRecord): void {
    const { id } = record;
    const delivery = this.deliveries.get(id);
    if (record.type === 'done') this.remember(id);
    if (record.type === 'done' || record.type === 'purged' || delivery === undefined) {
      this.remove(id);
      return;
    }
    const { data, retries } = delivery;
    const { type, ...changed } = record;
    this.put(
      type === 'redriven' ? { id, data, retries, attempts: 0 } : { data, retries, attempts: 0, ...changed },
    );
  }

  private put(delivery: Delivery): void {
    const { id, dueAt, givenUp } = delivery;
    this.remove(id);
    this.deliveries.set(id, delivery);
    if (givenUp !== undefined) return;
    (dueAt === undefined ? this.ready : this.delayed).add(id);
  }

  private remove(id: string): void {
    for (const places of [this.deliveries, this.ready, this.delayed]) places.delete(id);
  }

  private remember(id: string): void {
    this.done.add(id);
    const [oldest] = this.done;
    if (this.done.size > this.maxRemembered && oldest !== undefined) this.done.delete(oldest);
  }
}
