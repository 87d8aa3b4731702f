import { AsyncLocalStorage } from 'node:async_hooks';

/** Refused: as many tasks as may wait are waiting. */
export class LimitReached extends Error {}

interface Waiting {
  readonly start: () => void;
  next: Waiting | undefined;
}

interface Slot {
  readonly limiter: ConcurrencyLimiter;
  readonly parent: Slot | undefined;
  /** Runs what is started from within this slot while no other is free. */
  lane: ConcurrencyLimiter | undefined;
  isReleased: boolean;
}

const currentSlot = new AsyncLocalStorage<Slot>();

/**
 * Runs so many tasks at a time and lets the others wait, first come first served. (cockatiel's
 * bulkhead gives a free slot to a newcomer before those who wait, and may then turn one of them away.)
 *
 * A task that starts another and awaits it would wait for ever if it held the last slot itself. So
 * where no slot is free, a task's own tasks run in its slot, one at a time.
 */
export class ConcurrencyLimiter {
  private active = 0;
  private waitingCount = 0;
  private first: Waiting | undefined;
  private last: Waiting | undefined;

  constructor(
    private readonly maxConcurrency: number,
    private readonly maxQueueSize = Infinity,
  ) {}

  /**
   * Runs a task now or when its turn comes.
   *
   * @param isAwaited whether whoever starts it waits for it, and so may have to lend it a slot
   * @throws {@link LimitReached} at once, if neither a slot nor a place to wait is free
   */
  run<T>(task: () => Promise<T>, isAwaited = true): Promise<T> {
    if (this.active < this.maxConcurrency) {
      this.active++;
      return this.runInSlot(task);
    }
    const held = isAwaited ? this.findHeldSlot() : undefined;
    if (held !== undefined) {
      held.lane ??= new ConcurrencyLimiter(1, this.maxQueueSize);
      return held.lane.run(task);
    }
    if (this.waitingCount >= this.maxQueueSize) throw new LimitReached();
    return this.runInTurn(task);
  }

  /** Waits rather than leaving it to whoever frees a slot: the task runs in the context of its own caller. */
  private async runInTurn<T>(task: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => this.enqueue(resolve));
    return this.runInSlot(task);
  }

  private async runInSlot<T>(task: () => Promise<T>): Promise<T> {
    const slot: Slot = {
      limiter: this,
      parent: currentSlot.getStore(),
      lane: undefined,
      isReleased: false,
    };
    try {
      return await currentSlot.run(slot, task);
    } finally {
      slot.isReleased = true;
      this.release();
    }
  }

  private findHeldSlot(): Slot | undefined {
    let slot = currentSlot.getStore();
    while (slot !== undefined && (slot.limiter !== this || slot.isReleased)) slot = slot.parent;
    return slot;
  }

  private enqueue(start: () => void): void {
    const waiting: Waiting = { start, next: undefined };
    if (this.last === undefined) this.first = waiting;
    else this.last.next = waiting;
    this.last = waiting;
    this.waitingCount++;
  }

  /** Hands the slot to whoever waits longest, without freeing it in between. */
  private release(): void {
    const next = this.first;
    if (next === undefined) {
      this.active--;
      return;
    }
    this.first = next.next;
    if (this.first === undefined) this.last = undefined;
    this.waitingCount--;
    next.start();
  }
}
