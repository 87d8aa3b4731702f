import type { IBackoff, IBackoffFactory } from 'cockatiel';
import type { Clock } from '../driver/clock.js';

/**
 * A wait of cockatiel's that is over when a clock says so. cockatiel itself asks the system for the time that has passed,
 * and compares it with the duration.
 *
 * @param getClock is asked at every use: a clock is set after a driver has its options
 */
export function byClock(getClock: () => Clock, milliseconds: number): IBackoffFactory<unknown> {
  return { next: () => startWait(getClock, milliseconds) };
}

function startWait(getClock: () => Clock, milliseconds: number): IBackoff<unknown> {
  const end = getClock().now() + milliseconds;
  return {
    get duration() {
      return getClock().now() >= end ? -Infinity : Infinity;
    },
    next: () => startWait(getClock, milliseconds),
  };
}
