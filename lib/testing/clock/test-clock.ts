import { setImmediate } from 'node:timers/promises';
import { Clock, type ClockTimer, type Duration, InvalidOptionsError, type TimedStore } from '../../index.js';
import { parseDuration } from '../../utils/duration.js';
import { realNow } from '../real-time.js';

/** What a clock waits for before it moves on. */
export interface Watched {
  /** What is under way and does not wait for the clock. */
  getBusy(): readonly object[];
  /** Whether the caller is something of it. */
  isCaller(): boolean;
  /** The caller waits for the clock until the promise is settled. */
  sleep(waiting: Promise<void>): Promise<void>;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** How many turns of the event loop in a row nothing must be under way. */
const QUIET_TURNS = 4;

/** How long what is under way may take, in milliseconds of real time, before the clock moves all the same. */
const PATIENCE_MS = 1000;

/**
 * A clock that stands still until a test moves it. Drivers and stores go by it: what is delayed, or waits for its next
 * attempt, happens when `advance()` comes past it, in the order of its time, and nothing is really waited for.
 *
 * @example
 * ```ts
 * await clock.advance('5m');
 * ```
 */
export class TestClock extends Clock {
  private time: number;
  private timers: Timer[] = [];
  private readonly stores = new Set<TimedStore>();
  /** The applications that go by it. */
  private readonly watched = new Set<Watched>();
  private moving: Promise<void> = Promise.resolve();
  /** What has taken too long is not waited for again. */
  private readonly givenUp = new WeakSet<object>();

  /**
   * @param start the time that it begins with; now if not given
   * @throws {@link InvalidOptionsError} if that is no time
   */
  constructor(start: Date | string | number = Date.now()) {
    super();
    this.time = toTime(start);
  }

  now(): number {
    return this.time;
  }

  /** The time that it shows. */
  getDate(): Date {
    return new Date(this.time);
  }

  setTimer(callback: () => void, milliseconds: number): ClockTimer {
    const timer: Timer = { due: this.time + Math.max(milliseconds, 0), callback };
    const before = this.timers.findLastIndex(({ due }) => due <= timer.due);
    this.timers.splice(before + 1, 0, timer);
    return timer;
  }

  clearTimer(timer: ClockTimer): void {
    const index = this.timers.indexOf(timer as Timer);
    if (index >= 0) this.timers.splice(index, 1);
  }

  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const waiting = super.sleep(milliseconds, signal);
    return [...this.watched].find((one) => one.isCaller())?.sleep(waiting) ?? waiting;
  }

  override attach(store: TimedStore): () => void {
    this.stores.add(store);
    return () => void this.stores.delete(store);
  }

  /**
   * Moves the time. What becomes due on the way is done in its order, and what follows from it as well, before this
   * resolves; work that takes longer than a second of real time is not waited for.
   *
   * @param duration milliseconds, or a time such as `'5m'`
   * @throws {@link InvalidOptionsError} if it is neither
   */
  advance(duration: Duration): Promise<void> {
    const milliseconds = parseDuration(duration);
    if (milliseconds === undefined) {
      const problem = `the duration must be a number of milliseconds or a time such as '5m', not ${String(duration)}`;
      return Promise.reject(new InvalidOptionsError('TestClock.advance()', [problem]));
    }
    return this.move(() => this.time + milliseconds);
  }

  /**
   * Moves the time to a later one, as {@link TestClock.advance} does.
   *
   * @throws {@link InvalidOptionsError} if it is no time, or an earlier one: time does not run backwards
   */
  async advanceTo(time: Date | string | number): Promise<void> {
    const target = toTime(time);
    if (target < this.time) {
      const problem = `${new Date(target).toISOString()} is before ${this.getDate().toISOString()}, which it shows`;
      throw new InvalidOptionsError('TestClock.advanceTo()', [problem]);
    }
    await this.move(() => target);
  }

  /** @internal Tells it what to wait for. @returns what ends that */
  watch(watched: Watched): () => void {
    this.watched.add(watched);
    return () => void this.watched.delete(watched);
  }

  /** One move begins when the one before it has ended. */
  private move(getTarget: () => number): Promise<void> {
    this.moving = this.moving.catch(() => {}).then(() => this.moveTo(Math.max(getTarget(), this.time)));
    return this.moving;
  }

  private async moveTo(target: number): Promise<void> {
    await this.untilQuiet();
    for (let next = await this.getNextDue(); next <= target; next = await this.getNextDue()) {
      await this.set(next);
      await this.untilQuiet();
    }
    await this.set(target);
    await this.untilQuiet();
  }

  /** What is due by now has had its chance; it may have to wait for something else. */
  private async getNextDue(): Promise<number> {
    const times = await Promise.all([...this.stores].map((store) => store.getNextDue()));
    const later = times.filter((time): time is number => time !== undefined && time > this.time);
    return Math.min(Math.max(this.timers[0]?.due ?? Infinity, this.time), ...later);
  }

  private async set(time: number): Promise<void> {
    this.time = time;
    // First, for a store may be held up by what waits for a timer.
    while (this.timers[0] !== undefined && this.timers[0].due <= time) this.timers.shift()!.callback();
    await Promise.all([...this.stores].map((store) => store.setTime(time)));
  }

  private async untilQuiet(): Promise<void> {
    const start = realNow();
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await setImmediate();
      const busy = [...this.watched].flatMap((one) => one.getBusy()).filter((one) => !this.givenUp.has(one));
      if (busy.length === 0) continue;
      quiet = -1;
      if (realNow() - start < PATIENCE_MS) continue;
      for (const one of busy) this.givenUp.add(one);
    }
  }
}

function toTime(time: Date | string | number): number {
  const milliseconds = new Date(time).getTime();
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new InvalidOptionsError('TestClock', [
    `the time must be a Date, a number or an ISO 8601 text, not ${String(time)}`,
  ]);
}
