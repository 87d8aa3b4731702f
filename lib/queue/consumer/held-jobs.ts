import { DeliveryAbortedError } from '../../errors/index.js';
import type { ClaimedJob } from './claimed-job.js';

/** A job in hand. */
export interface HeldJob<TJob extends ClaimedJob> {
  readonly job: TJob;
  readonly controller: AbortController;
  /** When it was taken, by `performance.now()`. */
  readonly since: number;
  isRunning: boolean;
  /** What became of it is being recorded. */
  isSettling: boolean;
  /** Whether it is in hand still. */
  isHeld: boolean;
}

/** The jobs that a consumer has in hand: those that run, those that wait for their turn, and those being recorded. */
export class HeldJobs<TJob extends ClaimedJob> {
  /**
   * In the order they were taken, in which most of them go. Not a `Map`: one that is added to and deleted from all the time
   * replaces its table again and again, each old one refers to the next, and what they hold outlives its use with them.
   */
  private readonly all: HeldJob<TJob>[] = [];
  /** Those that wait for their turn, by priority. */
  private ready: HeldJob<TJob>[] = [];
  private settlingCount = 0;

  get size(): number {
    return this.all.length;
  }

  /** How many wait or run, and are not being recorded yet. */
  get unsettledCount(): number {
    return this.all.length - this.settlingCount;
  }

  get readyCount(): number {
    return this.ready.length;
  }

  /** What is still in hand from before was taken away in the meantime: that it is given anew says so. */
  add(jobs: readonly TJob[]): void {
    this.replace(jobs);
    const since = performance.now();
    for (const job of jobs) {
      const held = {
        job,
        controller: new AbortController(),
        since,
        isRunning: false,
        isSettling: false,
        isHeld: true,
      };
      this.all.push(held);
      this.wait(held);
    }
  }

  /** Lets go of a job, if it is in hand still. */
  delete(held: HeldJob<TJob>): void {
    if (!held.isHeld) return;
    held.isHeld = false;
    this.all.splice(this.all.indexOf(held), 1);
    if (held.isSettling) this.settlingCount--;
  }

  /** What became of it is being recorded from now on. */
  settle(held: HeldJob<TJob>): void {
    if (held.isSettling) return;
    held.isSettling = true;
    if (held.isHeld) this.settlingCount++;
  }

  /** Whether it is in hand as it was given, and was not taken away. */
  isOurs({ isHeld, controller }: HeldJob<TJob>): boolean {
    return isHeld && !controller.signal.aborted;
  }

  filter(isMeant: (held: HeldJob<TJob>) => boolean): HeldJob<TJob>[] {
    return this.all.filter(isMeant);
  }

  /** Takes the next one whose turn it is. */
  next(): HeldJob<TJob> | undefined {
    return this.ready.shift();
  }

  /** Has one go before the others that wait. */
  putFirst(held: HeldJob<TJob>): void {
    this.ready.unshift(held);
  }

  /** Takes those that are meant from among those that wait. */
  takeReady(isMeant: (held: HeldJob<TJob>) => boolean = () => true): HeldJob<TJob>[] {
    if (!this.ready.some(isMeant)) return [];
    const { true: taken = [], false: left = [] } = Object.groupBy(this.ready, (held) => `${isMeant(held)}`);
    this.ready = left;
    return taken;
  }

  /** Tells a job that it was taken away. */
  lose(held: HeldJob<TJob>): void {
    if (this.isOurs(held)) held.controller.abort(toLost(held.job));
  }

  /** Lets go of jobs, which are told if they run. */
  abort(isMeant: (held: HeldJob<TJob>) => boolean): HeldJob<TJob>[] {
    const aborted = this.filter(isMeant);
    for (const held of aborted) {
      this.delete(held);
      held.controller.abort(new DeliveryAbortedError('shutdown', 'The application is shutting down.'));
    }
    this.ready = [];
    return aborted;
  }

  /** Lets go of what is given anew. */
  private replace(jobs: readonly TJob[]): void {
    if (this.all.length === 0) return;
    const ids = new Set(jobs.map(({ id }) => id));
    for (const held of this.filter(({ job }) => ids.has(job.id))) {
      this.delete(held);
      held.controller.abort(toLost(held.job));
    }
  }

  /** Behind all of its priority; nearly always that is the end. */
  private wait(held: HeldJob<TJob>): void {
    const before = this.ready.findLastIndex(({ job }) => job.priority >= held.job.priority);
    this.ready.splice(before + 1, 0, held);
  }
}

export function jobsOf<TJob extends ClaimedJob>(held: readonly HeldJob<TJob>[]): TJob[] {
  return held.map(({ job }) => job);
}

function toLost({ id }: ClaimedJob): DeliveryAbortedError {
  const message = `Delivery ${id} was given to another worker: this process gave no sign of life in time.`;
  return new DeliveryAbortedError('lost', message);
}
