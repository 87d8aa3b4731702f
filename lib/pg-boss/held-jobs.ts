import type { JobWithMetadata } from 'pg-boss';
import { DeliveryAbortedError } from '../errors/index.js';
import type { JobData } from './pg-boss.mapper.js';
import type { ClaimedJob } from './pg-boss.settler.js';

/** A job in hand. */
export interface HeldJob {
  readonly job: JobWithMetadata<JobData>;
  readonly controller: AbortController;
  /** When it was taken, by `performance.now()`. */
  readonly since: number;
  isRunning: boolean;
  /** What became of it is being recorded. */
  isSettling: boolean;
}

/** The jobs that a consumer has in hand: those that run, those that wait for their turn, and those being recorded. */
export class HeldJobs {
  private readonly all = new Map<string, HeldJob>();
  /** Those that wait for their turn, by priority. */
  private ready: HeldJob[] = [];
  private settlingCount = 0;

  get size(): number {
    return this.all.size;
  }

  /** How many wait or run, and are not being recorded yet. */
  get unsettledCount(): number {
    return this.all.size - this.settlingCount;
  }

  get readyCount(): number {
    return this.ready.length;
  }

  /** What is still in hand from before was taken away in the meantime: that it is given anew says so. */
  add(jobs: readonly JobWithMetadata<JobData>[]): void {
    const since = performance.now();
    for (const job of jobs) {
      const before = this.all.get(job.id);
      if (before !== undefined) this.remove(before).controller.abort(toLost(job));
      const held = { job, controller: new AbortController(), since, isRunning: false, isSettling: false };
      this.all.set(job.id, held);
      this.wait(held);
    }
  }

  /** Lets go of a job, unless it was given anew. */
  delete(job: ClaimedJob): void {
    const held = this.all.get(job.id);
    if (held?.job === job) this.remove(held);
  }

  /** What became of it is being recorded from now on. */
  settle(held: HeldJob): void {
    if (held.isSettling) return;
    held.isSettling = true;
    if (this.all.get(held.job.id) === held) this.settlingCount++;
  }

  /** Whether it is in hand as it was given, and was not taken away. */
  isOurs(job: ClaimedJob): boolean {
    const held = this.all.get(job.id);
    return held?.job === job && !held.controller.signal.aborted;
  }

  filter(isMeant: (held: HeldJob) => boolean): HeldJob[] {
    return [...this.all.values()].filter(isMeant);
  }

  /** Takes the next one whose turn it is. */
  next(): HeldJob | undefined {
    return this.ready.shift();
  }

  /** Has one go before the others that wait. */
  putFirst(held: HeldJob): void {
    this.ready.unshift(held);
  }

  /** Takes those that are meant from among those that wait. */
  takeReady(isMeant: (held: HeldJob) => boolean = () => true): HeldJob[] {
    const { true: taken = [], false: left = [] } = Object.groupBy(this.ready, (held) => `${isMeant(held)}`);
    this.ready = left;
    return taken;
  }

  /** Tells a job that it was taken away. */
  lose({ job, controller }: HeldJob): void {
    if (this.isOurs(job)) controller.abort(toLost(job));
  }

  /** Lets go of jobs, which are told if they run. */
  abort(isMeant: (held: HeldJob) => boolean): HeldJob[] {
    const aborted = this.filter(isMeant);
    for (const held of aborted) {
      this.remove(held).controller.abort(
        new DeliveryAbortedError('shutdown', 'The application is shutting down.'),
      );
    }
    this.ready = [];
    return aborted;
  }

  private remove(held: HeldJob): HeldJob {
    if (this.all.delete(held.job.id) && held.isSettling) this.settlingCount--;
    return held;
  }

  /** Behind all of its priority; nearly always that is the end. */
  private wait(held: HeldJob): void {
    const before = this.ready.findLastIndex(({ job }) => job.priority >= held.job.priority);
    this.ready.splice(before + 1, 0, held);
  }
}

export function jobsOf(held: readonly HeldJob[]): JobWithMetadata<JobData>[] {
  return held.map(({ job }) => job);
}

function toLost({ id }: ClaimedJob): DeliveryAbortedError {
  const message = `Delivery ${id} was given to another worker: this process gave no sign of life in time.`;
  return new DeliveryAbortedError('lost', message);
}
