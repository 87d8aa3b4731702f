import { Heap } from './heap.js';
import type { Job, Run } from './job.js';
import { RateWindow } from './rate-window.js';

/** Deliveries that count together. */
interface Group {
  active: number;
  /** Those that are due and have to wait for others of the group. */
  readonly waiting: Heap<Job>;
}

/** Which delivery of a queue is wanted. */
interface Wanted {
  readonly now: number;
  /** Whether what is due later will do where nothing is due now. */
  readonly isInstant: boolean;
  /** How many of one group may run at a time. */
  readonly groupConcurrency: number | undefined;
  readonly hasRoom: (job: Job) => boolean;
}

/** The deliveries of one queue, found without a look at all of them. */
export class MemoryQueue {
  readonly jobs = new Map<string, Job>();
  readonly active = new Set<Job>();
  readonly window = new RateWindow();
  private readonly due = new Heap<Job>(isOfMoreWeight);
  private readonly later = new Heap<Job>(isDueBefore);
  /** What is not done yet, by its ordering key. Only the first of each is among those that may be taken. */
  private readonly keys = new Map<string, Set<Job>>();
  private readonly groups = new Map<string, Group>();
  /** When the record was made of what is done, in this order. */
  private readonly records = new Map<Job, number>();
  private lastGroupConcurrency: number | undefined;

  add(job: Job): void {
    this.jobs.set(job.id, job);
    const key = this.getKey(job);
    if (key === undefined) return this.offer(job);
    const sameKey = this.keys.get(key) ?? new Set();
    this.keys.set(key, sameKey.add(job));
    if (sameKey.size === 1) this.offer(job);
  }

  /** Takes the next delivery out. */
  take(wanted: Wanted): Job | undefined {
    this.promote(wanted.now);
    if (this.lastGroupConcurrency !== wanted.groupConcurrency) {
      this.lastGroupConcurrency = wanted.groupConcurrency;
      this.offerGroups();
    }
    return (
      this.takeFrom(this.due, wanted) ?? (wanted.isInstant ? this.takeFrom(this.later, wanted) : undefined)
    );
  }

  start(job: Job, run: Run): void {
    job.state = 'active';
    job.attempt++;
    job.run = run;
    this.active.add(job);
    const group = this.getGroup(job);
    if (group !== undefined) group.active++;
  }

  /** It is no longer in anybody's hand. */
  end(job: Job): void {
    job.run = undefined;
    if (!this.active.delete(job)) return;
    const group = this.getGroup(job);
    if (group === undefined) return;
    group.active--;
    this.offerNext(group);
    if (group.active === 0 && group.waiting.size === 0) this.groups.delete(job.delivery.options.group ?? '');
  }

  /** Is to be run, now or later. */
  offer(job: Job): void {
    job.state = 'waiting';
    this.later.push(job);
  }

  /** Has all those looked at again that wait for others of their group. */
  offerGroups(): void {
    for (const group of this.groups.values()) while (this.offerNext(group));
  }

  /** Is not to be run any more: it is the turn of the next one with its ordering key. */
  finish(job: Job): void {
    const key = this.getKey(job);
    const sameKey = key === undefined ? undefined : this.keys.get(key);
    if (key === undefined || sameKey === undefined) return;
    sameKey.delete(job);
    const [next] = sameKey;
    if (next === undefined) this.keys.delete(key);
    else this.offer(next);
  }

  /** Has the record of what is done kept from now on for so long as it is kept. */
  keep(job: Job, now: number): void {
    this.records.set(job, now);
  }

  /** Forgets what was done before a time. */
  forget(before: number): void {
    for (const [job, doneAt] of this.records) {
      if (doneAt > before) return;
      this.records.delete(job);
      if (this.jobs.get(job.id) === job) this.jobs.delete(job.id);
    }
  }

  /**
   * When the next of what is not due yet will be; at once, where one has become due since anybody looked. While none may
   * be taken, not before that is over.
   */
  getNextDue(now: number, closedUntil = -Infinity): number | undefined {
    const isAny = this.promote(now);
    const next = this.later.peek()?.notBefore;
    if (closedUntil <= now) return isAny ? now : next;
    if (this.due.size > 0) return closedUntil;
    return next === undefined ? undefined : Math.max(next, closedUntil);
  }

  getActive(group: string): number {
    return this.groups.get(group)?.active ?? 0;
  }

  protected getKey(job: Job): string | undefined {
    return job.delivery.options.orderingKey;
  }

  /** @returns whether anything has become due */
  private promote(now: number): boolean {
    let isAny = false;
    for (let job = this.later.peek(); job !== undefined && job.notBefore <= now; job = this.later.peek()) {
      this.later.pop();
      this.due.push(job);
      isAny = true;
    }
    return isAny;
  }

  private takeFrom(heap: Heap<Job>, { hasRoom }: Wanted): Job | undefined {
    for (let job = heap.pop(); job !== undefined; job = heap.pop()) {
      if (hasRoom(job)) return job;
      this.getGroup(job)?.waiting.push(job);
    }
    return undefined;
  }

  /** Puts the first of those that wait for others of their group back among those that may be taken. */
  private offerNext({ waiting }: Group): boolean {
    const job = waiting.pop();
    if (job === undefined) return false;
    this.offer(job);
    return true;
  }

  private getGroup({ delivery: { options } }: Job): Group | undefined {
    if (options.group === undefined) return undefined;
    const group = this.groups.get(options.group) ?? { active: 0, waiting: new Heap<Job>(isOfMoreWeight) };
    this.groups.set(options.group, group);
    return group;
  }
}

function isOfMoreWeight(one: Job, other: Job): boolean {
  return one.priority === other.priority ? one.position < other.position : one.priority > other.priority;
}

function isDueBefore(one: Job, other: Job): boolean {
  return one.notBefore === other.notBefore ? one.position < other.position : one.notBefore < other.notBefore;
}
