import type { WorkOptions } from '../worker-creator.js';
import type { ClaimedJob } from './claimed-job.js';
import type { HeldJobs } from './held-jobs.js';
import type { Slots } from './slots.js';

/** As much is taken in advance as is run in about this time, in milliseconds. */
const TAKE_AHEAD_MS = 250;
const MAX_TAKEN = 2000;

/** At once: an embedded database does nothing else meanwhile, and the process neither. */
const MAX_FETCHED = 1000;

/** The same for what is handed over: another process may have nothing to do meanwhile. */
const HAND_OVER_MS = 25;

/**
 * What has ended and is not recorded is repeated if the process dies. So as many deliveries as may run are in flight,
 * and no more, unless they are so short that each would wait for the record of the one before it: then those of so many
 * milliseconds.
 */
const IN_FLIGHT_MS = 5;
const MAX_IN_FLIGHT = 1000;

/** What a run takes at least, as far as it counts, in milliseconds. */
const MIN_AVERAGE_MS = 0.05;

/** How long what was taken in advance is kept before others shall have it, in milliseconds. */
export const MAX_KEPT_MS = 2000;

/** How many jobs a consumer has in hand. */
type Held = Pick<HeldJobs<ClaimedJob>, 'size' | 'unsettledCount' | 'readyCount'>;

/** Decides how many jobs a consumer takes before it has room to run them. */
export class TakeAhead {
  private averageMs: number | undefined;
  private isCautious = false;

  constructor(
    private readonly slots: Slots,
    private readonly options: Pick<WorkOptions, 'runOnce' | 'rateLimit'>,
  ) {}

  /** How many to fetch: none before there is room for a fair number. */
  getWanted(held: Held): number {
    return toRound(Math.min(Math.max(this.getRoom(held), 0), MAX_FETCHED));
  }

  private getRoom({ size, unsettledCount, readyCount }: Held): number {
    // Never more than could be run by now, which the consumer beside this one may have left little of.
    if (this.isCautious) return Math.min(this.slots.free - readyCount, this.slots.size - size);
    const { runOnce, rateLimit } = this.options;
    // Where it counts when a delivery begins, none is taken that would begin later.
    const target = runOnce || rateLimit !== undefined ? this.slots.size : this.countIn(TAKE_AHEAD_MS);
    // The next ones are fetched while the last ones are being recorded, unless that does not get anywhere.
    const wanted = Math.min(target - unsettledCount, 2 * target - size);
    return readyCount === 0 || wanted >= target / 2 ? wanted : 0;
  }

  /** How many may be handed over that nobody has asked for. */
  getRoomForMore({ size, readyCount }: Held): number {
    if (this.isCautious) return 0;
    const target = this.countIn(HAND_OVER_MS);
    return Math.min(this.slots.free + target - this.slots.size - readyCount, 2 * target - size);
  }

  /** How many may be in flight: running, or being recorded. */
  getMostInFlight(): number {
    // One at a time means that each waits for the one before it.
    return this.slots.size === 1 ? 1 : this.countIn(IN_FLIGHT_MS, MAX_IN_FLIGHT);
  }

  /** How many are run in a time, as far as that is known; at least as many as at a time. */
  private countIn(milliseconds: number, max = MAX_TAKEN): number {
    const { size } = this.slots;
    if (this.averageMs === undefined) return size;
    const count = Math.floor((size * milliseconds) / Math.max(this.averageMs, MIN_AVERAGE_MS));
    return Math.max(size, Math.min(count, max));
  }

  /** A run took so long. */
  note(milliseconds: number): void {
    // Of late ones more than of earlier ones.
    this.averageMs = this.averageMs === undefined ? milliseconds : this.averageMs * 0.9 + milliseconds * 0.1;
  }

  /** What was taken in advance did not get its turn for {@link MAX_KEPT_MS}. */
  noteStandstill(): void {
    this.averageMs = Math.max(this.averageMs ?? 0, MAX_KEPT_MS);
  }

  /** Whether there are jobs about that must not be taken in advance. */
  setCautious(isCautious: boolean): void {
    this.isCautious = isCautious;
  }
}

/** So that stores are not asked for a thousand different numbers, for each of which they may prepare anew. */
function toRound(count: number): number {
  const step = count >= 100 ? 100 : count >= 10 ? 10 : 1;
  return count - (count % step);
}
