import { setImmediate } from 'node:timers/promises';
import { Clock, type ClockTimer, type TimedStore } from 'nestjs-event-drivers';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class HandClock extends Clock {
  private readonly timers = new Set<Timer>();
  private readonly stores = new Set<TimedStore>();

  constructor(private time = Date.now()) {
    super();
  }

  /** How many timers wait for their time. */
  get pending(): number {
    return this.timers.size;
  }

  now(): number {
    return this.time;
  }

  setTimer(callback: () => void, milliseconds: number): ClockTimer {
    const timer = { callback, dueAt: this.time + Math.max(milliseconds, 0) };
    this.timers.add(timer);
    return timer;
  }

  clearTimer(timer: ClockTimer): void {
    this.timers.delete(timer as Timer);
  }

  override attach(store: TimedStore): () => void {
    this.stores.add(store);
    return () => this.stores.delete(store);
  }

  /** Moves to a time, past all timers on the way, and waits for nothing. */
  moveTo(time: number): void {
    for (let next = this.getNext(time); next !== undefined; next = this.getNext(time)) this.fire(next);
    this.time = Math.max(this.time, time);
  }

  /** Moves on from one thing that is due to the next, and has each settle. @returns in how many steps */
  async advance(
    milliseconds: number,
    settle: () => Promise<unknown> = () => setImmediate(),
  ): Promise<number> {
    const target = this.time + milliseconds;
    // What is due now runs before the time goes on.
    await settle();
    for (let steps = 0; ; steps++) {
      const dues = await Promise.all([...this.stores].map((store) => store.getNextDue()));
      const timer = this.getNext(target);
      const next = Math.min(timer?.dueAt ?? target, ...dues.map((due) => due ?? target));
      this.time = Math.max(this.time, next);
      const isLast = timer === undefined && this.time >= target;
      if (timer !== undefined && timer.dueAt <= this.time) this.fire(timer);
      await Promise.all([...this.stores].map((store) => store.setTime(this.time)));
      await settle();
      if (isLast) return steps;
    }
  }

  private getNext(until: number): Timer | undefined {
    const [first] = [...this.timers].toSorted((one, other) => one.dueAt - other.dueAt);
    return first !== undefined && first.dueAt <= until ? first : undefined;
  }

  private fire(timer: Timer): void {
    this.timers.delete(timer);
    this.time = Math.max(this.time, timer.dueAt);
    timer.callback();
  }
}
