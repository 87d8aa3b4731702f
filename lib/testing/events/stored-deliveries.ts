import type {
  Claim,
  Clock,
  DeadLetter,
  DeliveryCount,
  Outcome,
  StoredData,
  StoredDelivery,
  WorkerCreator,
} from '../../index.js';
import type { Cause } from './activity.js';
import { InMemoryWorkerCreator } from '../in-memory/in-memory.worker-creator.js';
import type { Recorder } from './recorder.js';

/** A delivery that is in a store, and has not come to its end as far as is known here. */
export interface StoredEntry {
  readonly engine: WorkerCreator;
  readonly queue: string;
  readonly eventName: string;
  readonly eventId: string;
  readonly listenerId: string | undefined;
  /** What it follows from. */
  readonly cause: Cause;
  /** Stored in a transaction, which may have been rolled back. */
  readonly isInTransaction: boolean;
  /** When it is to be run, in milliseconds since 1970. */
  dueAt: number;
  isRunning: boolean;
  /** How often it was attempted. */
  attempts: number;
}

/** What stores count together. */
type CountKey = Pick<DeliveryCount, 'queue' | 'event' | 'listener'>;

/** Follows what is stored until it is done or given up. */
export class StoredDeliveries {
  /** How often something has happened to them. */
  changes = 0;
  private readonly worked = new Set<string>();
  private readonly entries = new Map<string, StoredEntry>();
  private readonly done = new Set<string>();
  /** What has come to its end, and may not be recorded in its store yet. */
  private readonly ended = new Set<StoredEntry>();
  /** By what they deliver: the ids under which they are entered until they are seen. */
  private readonly expected = new Map<string, string>();

  constructor(
    private readonly recorder: Recorder,
    private readonly clock: Clock,
  ) {}

  getEntries(): readonly StoredEntry[] {
    return [...this.entries.values()];
  }

  /** A queue is worked by this application. */
  addWorked(queue: string): void {
    this.worked.add(queue);
  }

  isWorked(queue: string): boolean {
    return this.worked.has(queue);
  }

  /** Whether what has come to its end is recorded as such. */
  async areRecorded(): Promise<boolean> {
    const running = this.getEntries().filter(({ isRunning }) => isRunning);
    for (const [engine, entries] of Map.groupBy(this.ended, (entry) => entry.engine)) {
      const counts = await engine.count([...new Set(entries.map(({ queue }) => queue))]).catch(() => []);
      for (const entry of entries) {
        const { active = 0 } = counts.find((count) => isOf(count, entry)) ?? {};
        const others = running.filter((one) => one.engine === engine && isOf(toCountKey(one), entry));
        if (active <= others.length) this.ended.delete(entry);
      }
    }
    return this.ended.size === 0;
  }

  /** Before it is stored: it may have been run before the store has answered. */
  add(
    engine: WorkerCreator,
    queue: string,
    deliveries: readonly StoredDelivery[],
    transaction: unknown,
  ): void {
    for (const { id, data, options } of deliveries) {
      if (this.done.has(id) || this.entries.has(id)) continue;
      this.changes++;
      this.recorder.adopt(data);
      this.entries.set(id, {
        ...this.toEntry(engine, queue, data),
        isInTransaction: transaction !== undefined,
        dueAt: options.at?.getTime() ?? this.clock.now() + (options.delayMs ?? 0),
      });
    }
  }

  /** It is put back from the dead letters, under an id that is not known here. */
  expect(engine: WorkerCreator, { id, queue, data }: DeadLetter): void {
    this.expected.set(toKey(data), id);
    this.entries.set(id, { ...this.toEntry(engine, queue, data), dueAt: this.clock.now() });
  }

  /** They are not stored, or done without that being seen here. */
  remove(ids: readonly string[]): void {
    for (const id of ids) this.entries.delete(id);
  }

  /** Forgets those that are meant: they came to their end somewhere else. */
  forget(isMeant: (entry: StoredEntry) => boolean): void {
    for (const [id, entry] of this.entries) if (isMeant(entry)) this.entries.delete(id);
  }

  /** @returns what is known of the delivery that begins */
  begin(engine: WorkerCreator, { id, queue, data, attempt }: Claim): StoredEntry {
    const expected = this.expected.get(toKey(data));
    if (expected !== undefined && expected !== id) this.entries.delete(expected);
    this.expected.delete(toKey(data));
    let entry = this.entries.get(id);
    if (entry === undefined) {
      // Of another process, or put back from the dead letters.
      entry = this.toEntry(engine, queue, data);
      this.entries.set(id, entry);
    }
    this.changes++;
    entry.isRunning = true;
    entry.attempts = attempt;
    return entry;
  }

  end(claim: Claim, outcome: Outcome): void {
    const entry = this.entries.get(claim.id);
    if (entry === undefined) return;
    entry.isRunning = false;
    // Taken away: it is another's to run.
    if (claim.signal.aborted) return;
    if (
      outcome.status === 'postponed' ||
      (outcome.status === 'failed' && claim.attempt < claim.maxAttempts)
    ) {
      entry.dueAt = this.clock.now() + outcome.delayMs;
      return;
    }
    this.entries.delete(claim.id);
    this.done.add(claim.id);
    if (!(entry.engine instanceof InMemoryWorkerCreator)) this.ended.add(entry);
    this.conclude(claim, outcome);
  }

  /** Forgets what has come to its end. */
  clear(): void {
    this.done.clear();
    this.ended.clear();
  }

  private conclude({ data }: Claim, outcome: Outcome): void {
    if (!('error' in outcome)) return;
    const { code, message } = outcome.error;
    const reason = code === undefined ? message : `${code}: ${message}`;
    const delivery = this.recorder.getStored(data);
    delivery.deadLetter = { reason, error: delivery.runs.at(-1)?.error ?? outcome.error };
  }

  private toEntry(engine: WorkerCreator, queue: string, data: StoredData): StoredEntry {
    const { event: eventName, eventId, listener: listenerId } = data;
    const { activity } = this.recorder;
    const cause =
      this.recorder.findStored(data)?.cause ?? activity.getOrigin()?.cause ?? activity.createCause();
    const about = { engine, queue, eventName, eventId, listenerId, cause };
    return { ...about, isInTransaction: false, dueAt: 0, isRunning: false, attempts: 0 };
  }
}

/** Until when the rate limit of its queue keeps a delivery back, in milliseconds since 1970. */
export function getKeptUntil({ engine, queue }: StoredEntry): number {
  return engine instanceof InMemoryWorkerCreator ? engine.getClosedUntil(queue) : -Infinity;
}

function toCountKey({ queue, eventName, listenerId }: StoredEntry): CountKey {
  return { queue, event: eventName, listener: listenerId };
}

function isOf({ queue, event, listener }: CountKey, entry: StoredEntry): boolean {
  return queue === entry.queue && event === entry.eventName && listener === entry.listenerId;
}

function toKey({ event, eventId, listener }: StoredData): string {
  return JSON.stringify([event, eventId, listener]);
}
