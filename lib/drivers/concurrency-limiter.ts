import { AsyncLocalStorage } from 'node:async_hooks';

/** Refused: as many tasks as may wait are waiting. */
export class LimitReached extends Error {}

interface Waiting {
  readonly slot: Slot;
  readonly start: () => void;
  next: Waiting | undefined;
}

interface Slot {
  limiter: ConcurrencyLimiter;
  /** The slot of the task that started this one and may await it. */
  parent: Slot | undefined;
  /** Runs what is started from within this slot while no other is free. */
  lane: ConcurrencyLimiter | undefined;
  isReleased: boolean;
}

const currentSlot = new AsyncLocalStorage<Slot>();

/**
 * Runs so many tasks at a time and lets the others wait, first come first served.
 *
 * A task that starts another and awaits it would wait for ever if it held the last slot itself. So
 * where no slot is free, a task's own tasks run in its slot, one at a time. If it ends before they do,
 * the slot is theirs: it is not free before they have ended as well.
 */
export class ConcurrencyLimiter {
  private active = 0;
  /** Who was given a slot last: in a lane, which has only one, who holds it. */
  private latest: Slot | undefined;
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
    const parent = isAwaited ? findHeldSlot(currentSlot.getStore()) : undefined;
    const slot: Slot = { limiter: this, parent, lane: undefined, isReleased: false };
    if (this.active < this.maxConcurrency) {
      this.active++;
      this.latest = slot;
      return runInSlot(slot, task, isAwaited);
    }
    let held = parent;
    while (held !== undefined && held.limiter !== this) held = held.parent;
    if (held !== undefined) {
      held.lane ??= new ConcurrencyLimiter(1, this.maxQueueSize);
      return held.lane.run(task);
    }
    if (this.waitingCount >= this.maxQueueSize) throw new LimitReached();
    return this.runInTurn(slot, task, isAwaited);
  }

  /** Waits rather than leaving it to whoever frees a slot: the task runs in the context of its own caller. */
  private async runInTurn<T>(slot: Slot, task: () => Promise<T>, isAwaited: boolean): Promise<T> {
    await new Promise<void>((start) => this.enqueue({ slot, start, next: undefined }));
    return runInSlot(slot, task, isAwaited);
  }

  /** Called when the task of a slot has ended: what it started in its lane and did not await inherits the slot. */
  leave(slot: Slot): void {
    const { lane } = slot;
    slot.isReleased = true;
    slot.lane = undefined;
    if (lane?.latest === undefined || lane.active === 0) {
      this.release();
      return;
    }
    lane.latest.limiter = this;
    this.latest = lane.latest;
    for (let waiting = lane.first; waiting !== undefined;) {
      const { next } = waiting;
      waiting.slot.limiter = this;
      this.enqueue(waiting);
      waiting = next;
    }
  }

  private enqueue(waiting: Waiting): void {
    waiting.next = undefined;
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
    this.latest = next.slot;
    next.start();
  }
}

/** What nobody awaits never lends its slot, so that it need not know it; only forget that of its caller. */
async function runInSlot<T>(slot: Slot, task: () => Promise<T>, isAwaited: boolean): Promise<T> {
  const needsContext = isAwaited || currentSlot.getStore() !== undefined;
  try {
    return await (needsContext ? currentSlot.run(slot, task) : task());
  } finally {
    slot.limiter.leave(slot);
  }
}

/**
 * The nearest slot that is still held. Those that were released are forgotten on the way: where each
 * task starts the next one, the line of their ancestors would grow for ever.
 */
function findHeldSlot(slot: Slot | undefined): Slot | undefined {
  const nearest = skipReleased(slot);
  for (let held = nearest; held !== undefined; held = held.parent) held.parent = skipReleased(held.parent);
  return nearest;
}

function skipReleased(slot: Slot | undefined): Slot | undefined {
  let held = slot;
  while (held?.isReleased) held = held.parent;
  return held;
}
