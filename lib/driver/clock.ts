import { toTimer } from '../utils/to-timer.js';

/** Tells one timer from another; what it is, only the clock that has made it knows. */
export type ClockTimer = unknown;

/**
 * The time that drivers go by: that of the system, unless a test has put a clock in its place that it moves by hand.
 *
 * A driver that waits, and compares times, by the clock that `getClock()` gives it is tested without waiting.
 */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract now(): number;

  /** Calls back once, after so many milliseconds. */
  abstract setTimer(callback: () => void, milliseconds: number): ClockTimer;

  /** Calls a timer off. One that has gone off, or was called off before, is let be. */
  abstract clearTimer(timer: ClockTimer): void;

  /**
   * Tells a clock that is moved by hand of a store that keeps a time of its own. One that goes by itself has no such
   * method: it and stores agree.
   *
   * @returns what ends it
   */
  attach?(store: TimedStore): () => void;

  /** Resolves after so many milliseconds, or as soon as the signal is aborted. Never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.clearTimer(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.setTimer(end, milliseconds);
      signal?.addEventListener('abort', end);
    });
  }
}

/** A store whose time is moved by hand. */
export interface TimedStore {
  /** When the next of what is stored becomes due, in milliseconds since 1970; `undefined` if nothing does. */
  getNextDue(): Promise<number | undefined>;

  /** Has the store go by this time, in milliseconds since 1970, and its workers look for what is due by then. */
  setTime(now: number): Promise<void>;
}

class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  setTimer(callback: () => void, milliseconds: number): ClockTimer {
    return setTimeout(callback, toTimer(milliseconds));
  }

  clearTimer(timer: ClockTimer): void {
    clearTimeout(timer as NodeJS.Timeout);
  }
}

export const SYSTEM_CLOCK: Clock = new SystemClock();
