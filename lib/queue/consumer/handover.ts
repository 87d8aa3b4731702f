import { AsyncResource } from 'node:async_hooks';
import { later } from '../../utils/later.js';
import type { Backlog } from './backlog.js';

interface HandoverParts<TJob> {
  readonly backlog: Backlog;
  /** How many more jobs would be begun soon. */
  readonly getRoom: () => number;
  /** Has jobs run. Never rejects. */
  readonly take: (jobs: readonly TJob[]) => Promise<void>;
  /** Hears that room is not kept any more. */
  readonly onRelease: () => void;
}

/**
 * Hands a consumer jobs that its own process stores. Where it has nothing else to do, they are stored as taken by it:
 * nobody needs to hear of them, and they need not be fetched.
 */
export class Handover<TJob> {
  private reserved = 0;
  /** What a job does is not part of what whoever dispatched it does. */
  private readonly outside = new AsyncResource('nestjs-event-drivers:handover');

  constructor(private readonly parts: HandoverParts<TJob>) {}

  /** For how many jobs there is room kept that are not there yet. */
  get size(): number {
    return this.reserved;
  }

  /** Keeps room for jobs that are about to be stored. @returns whether there is room for all of them */
  reserve(count: number): boolean {
    if (this.parts.getRoom() - this.reserved < count) return false;
    this.reserved += count;
    return true;
  }

  /** Gives up room that was kept. */
  cancel(count: number): void {
    this.reserved -= count;
    this.parts.onRelease();
  }

  /** Has the jobs run that room was kept for, after whoever dispatched them has been told that they are stored. */
  accept(jobs: readonly TJob[]): void {
    later(() => {
      void this.outside.runInAsyncScope(async () => {
        // What was stored before goes first.
        await this.parts.backlog.untilSeen();
        await this.parts.take(jobs);
        this.cancel(jobs.length);
      });
    });
  }
}
