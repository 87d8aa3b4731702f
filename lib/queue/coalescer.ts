import { BacklogError } from '../errors/index.js';
import type { StoredDelivery } from './stored-delivery.js';
import { WaitLimit } from './wait-limit.js';

/** A test that fakes timers may fake it, and would wait for ever for what waits here. */
const defer = queueMicrotask;

/** Stores deliveries, all or none. */
export type Store = (deliveries: readonly StoredDelivery[]) => Promise<void>;

export interface CoalescerOptions {
  /** The name of the driver, for errors. */
  readonly driverName: string;
  /** How many deliveries share one call to the store at most. */
  readonly maxBatchSize: number;
  /** To share fewer among several calls makes none of them faster. */
  readonly minShare: number;
  /** How many calls are under way at a time. */
  readonly maxInFlight: number;
  /** How many deliveries may wait before more are refused. */
  readonly maxWaiting: number;
  /**
   * How long each waits to be stored at most, in milliseconds.
   *
   * @defaultValue no limit
   */
  readonly timeoutMs?: number;
  /** What those are told whose time is over; they may be stored all the same. */
  toTimeoutError?(): unknown;
  /** Whether an error says that one of the deliveries cannot be stored, rather than that none can now. */
  isRefusal(error: unknown): boolean;
}

/** A statement of many megabytes holds up all others, and takes a multiple of that in memory. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** A call to the store that is under way. */
interface RunningCall {
  readonly units: readonly Unit[];
  readonly ended: Promise<void>;
}

/** Deliveries that are stored together or not at all. */
interface Unit {
  readonly deliveries: readonly StoredDelivery[];
  readonly bytes: number;
  readonly keys: readonly string[];
  /** By `performance.now()`. */
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets those who store at the same moment share one call: what comes while calls are under way makes up the
 * next. Nobody waits for company. Deliveries with an ordering key are stored in the order they came.
 */
export class Coalescer {
  private waiting: Unit[] = [];
  private waitingCount = 0;
  private isScheduled = false;
  private readonly busyKeys = new Set<string>();
  /** Not a `Map`: its old tables refer to newer ones, and would keep what has been stored for long. */
  private readonly running: RunningCall[] = [];
  private readonly waitLimit: WaitLimit;

  constructor(
    private readonly store: Store,
    private readonly options: CoalescerOptions,
  ) {
    this.waitLimit = new WaitLimit(options.timeoutMs ?? Infinity, (latest) => this.expire(latest));
  }

  /**
   * Resolves once the deliveries are stored; rejects if none of them is.
   *
   * @param bytes about how large they are
   */
  add(deliveries: readonly StoredDelivery[], bytes = 0): Promise<void> {
    const { maxWaiting, driverName } = this.options;
    if (this.waitingCount + deliveries.length > maxWaiting && this.waitingCount > 0) {
      return Promise.reject(new BacklogError(driverName, maxWaiting));
    }
    return new Promise((resolve, reject) => {
      const since = this.waitLimit.begin();
      this.waiting.push({ deliveries, bytes, keys: keysOf(deliveries), since, resolve, reject });
      this.waitingCount += deliveries.length;
      this.schedule();
    });
  }

  /** Resolves once all that waits now, and what is under way, is settled. */
  async flush(): Promise<void> {
    const pending = new Set(this.waiting);
    const getRunning = (): Promise<void>[] => this.running.map(({ ended }) => ended);
    while (this.waiting.some((unit) => pending.has(unit))) {
      await (this.running.length === 0 ? undefined : Promise.race(getRunning()));
    }
    await Promise.all(getRunning());
  }

  /** Gives up on what waits. */
  abandon(error: unknown): void {
    const abandoned = this.waiting;
    this.waiting = [];
    this.waitingCount = 0;
    for (const unit of abandoned) unit.reject(error);
    if (this.running.length === 0) this.waitLimit.end();
  }

  /** Tells those whose time is over. @returns since when the next one has been waiting */
  private expire(latest: number): number | undefined {
    let next: number | undefined;
    for (const unit of [...this.running.map(({ units }) => units), this.waiting].flat()) {
      if (unit.since <= latest) unit.reject(this.options.toTimeoutError?.());
      else next = Math.min(next ?? Infinity, unit.since);
    }
    return next;
  }

  private schedule(): void {
    if (this.isScheduled || this.running.length >= this.options.maxInFlight) return;
    this.isScheduled = true;
    // Whoever dispatches in the same turn of the event loop shares the call.
    defer(() => {
      this.isScheduled = false;
      while (this.running.length < this.options.maxInFlight) {
        const units = this.takeBatch();
        if (units.length === 0) return;
        const call: RunningCall = { units, ended: this.storeUnits(units).then(() => this.end(call)) };
        this.running.push(call);
      }
    });
  }

  /** As many units as fit, without those whose keys are being stored, or wait before them. */
  private takeBatch(): Unit[] {
    const batch: Unit[] = [];
    const left: Unit[] = [];
    const blocked = new Set(this.busyKeys);
    const maxSize = this.getBatchSize();
    let [size, bytes, index] = [0, 0, 0];
    for (; index < this.waiting.length && size < maxSize && bytes < MAX_BATCH_BYTES; index++) {
      const unit = this.waiting[index]!;
      const fits =
        size === 0 || (size + unit.deliveries.length <= maxSize && bytes + unit.bytes <= MAX_BATCH_BYTES);
      if (fits && !unit.keys.some((key) => blocked.has(key))) {
        batch.push(unit);
        size += unit.deliveries.length;
        bytes += unit.bytes;
      } else {
        left.push(unit);
        for (const key of unit.keys) blocked.add(key);
      }
    }
    this.waiting = left.concat(this.waiting.slice(index));
    this.waitingCount -= size;
    for (const unit of batch) for (const key of unit.keys) this.busyKeys.add(key);
    return batch;
  }

  /** The calls that may be made now share what waits, so that the store works on all of them at a time. */
  private getBatchSize(): number {
    const { maxBatchSize, minShare, maxInFlight } = this.options;
    const share = Math.ceil(this.waitingCount / (maxInFlight - this.running.length));
    return Math.min(Math.max(share, minShare), maxBatchSize);
  }

  private end(call: RunningCall): void {
    this.running.splice(this.running.indexOf(call), 1);
    for (const unit of call.units) for (const key of unit.keys) this.busyKeys.delete(key);
    if (this.waiting.length > 0) this.schedule();
    else if (this.running.length === 0) this.waitLimit.end();
  }

  /** Settles every unit. One that the store refuses is found by halving; the others do not suffer for it. */
  private async storeUnits(units: readonly Unit[]): Promise<void> {
    try {
      // failpoint: beforeStore
      await this.store(withoutDuplicates(units));
    } catch (error) {
      if (units.length === 1 || !this.options.isRefusal(error)) {
        for (const unit of units) unit.reject(error);
        return;
      }
      const middle = Math.ceil(units.length / 2);
      await this.storeUnits(units.slice(0, middle));
      await this.storeUnits(units.slice(middle));
      return;
    }
    // failpoint: afterCommitBeforeAck
    for (const unit of units) unit.resolve();
  }
}

function keysOf(deliveries: readonly StoredDelivery[]): readonly string[] {
  let keys: string[] | undefined;
  for (const { options } of deliveries) {
    if (options.orderingKey !== undefined) (keys ??= []).push(options.orderingKey);
  }
  return keys ?? NO_KEYS;
}

const NO_KEYS: readonly string[] = [];

/** One delivery may have been dispatched twice at the same moment. */
function withoutDuplicates(units: readonly Unit[]): readonly StoredDelivery[] {
  const [first] = units;
  const deliveries = units.length === 1 ? first!.deliveries : units.flatMap((unit) => unit.deliveries);
  if (deliveries.length === 1 || units.every(isOneOfItsOwn)) return deliveries;
  const seen = new Set<string>();
  for (const { id } of deliveries) seen.add(id);
  if (seen.size === deliveries.length) return deliveries;
  return deliveries.filter(({ id }) => seen.delete(id));
}

/** An id that was made just now is made once: whoever dispatches the same event after that finds it there. */
function isOneOfItsOwn({ deliveries }: Unit): boolean {
  return deliveries.length === 1 && deliveries[0]!.isNew === true;
}
