import type { DriverOperations, FailedFilter, QueueCount } from '../driver/driver-operations.js';
import type { FailedDelivery } from '../drivers/failed-store.js';
import { InvalidOptionsError } from '../errors/index.js';
import { checkFilter, checkLimit, checkProgress } from './check-filter.js';
import { findQueues, findTargets, type Target, unknownQueue } from './find-queues.js';

/** How an operation that may take long goes about it. */
export interface ProgressOptions {
  /** How many at most. @defaultValue all */
  readonly limit?: number;
  /** Hears how many are done, now and then, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A queue, as it is now. */
export interface QueueState {
  /** The driver that it belongs to. */
  readonly driver: string;
  /** Its name in the store. */
  readonly queue: string;
  readonly isPaused: boolean;
}

/** What can be done with the queues of a driver of that name. */
export interface NamedOperations {
  readonly driver: string;
  readonly operations: DriverOperations;
}

/** How many are moved or deleted by one statement. */
const STEP = 500;

/** The operations of several drivers as one. */
export class QueueControls {
  /** @param find the operations of a driver, or of all that have any */
  constructor(private readonly find: (driver: string | undefined) => readonly NamedOperations[]) {}

  async count(): Promise<readonly QueueCount[]> {
    return (await Promise.all(this.find(undefined).map(({ operations }) => operations.count()))).flat();
  }

  async getQueues(): Promise<readonly QueueState[]> {
    const states = await Promise.all(
      this.find(undefined).map(async ({ driver, operations }) => {
        const paused = operations.queues.length === 0 ? [] : await operations.getPaused();
        return operations.queues.map((queue) => ({ driver, queue, isPaused: paused.includes(queue) }));
      }),
    );
    return states.flat();
  }

  async listFailed(filter: FailedFilter, limit: number, after?: string): Promise<readonly FailedDelivery[]> {
    checkLimit(limit);
    const targets = await this.findTargets(filter);
    const start = after === undefined ? 0 : await findEntry(targets, after);
    const failed: FailedDelivery[] = [];
    for (const [index, { operations, filter: ofDriver }] of targets.slice(start).entries()) {
      if (failed.length >= limit) break;
      const from = index === 0 ? after : undefined;
      failed.push(...(await operations.listFailed(ofDriver, limit - failed.length, from)));
    }
    return failed;
  }

  async previewRedrive(filter: FailedFilter): Promise<number> {
    return (await countEach(await this.findTargets(filter))).reduce((sum, { count }) => sum + count, 0);
  }

  /** No more than there are at the start: what fails again at once would otherwise be redriven for ever. */
  async redrive(filter: FailedFilter, options: ProgressOptions): Promise<number> {
    checkProgress(options);
    const { limit = Infinity, onProgress } = options;
    const all = await countEach(await this.findTargets(filter));
    const total = Math.min(
      all.reduce((sum, { count }) => sum + count, 0),
      limit,
    );
    let done = 0;
    for (const { operations, filter: ofDriver, count } of all) {
      const step = (most: number): Promise<number> => operations.redrive(ofDriver, most);
      const report = (moved: number): void => onProgress?.(done + moved, total);
      const most = Math.min(count, limit - done);
      // What has no queue is delivered here and now; a second step would try again what the first one failed to.
      done += await (operations.queues.length > 0 ? inSteps(most, step, report) : once(most, step, report));
    }
    return done;
  }

  async purge(filter: FailedFilter, options: ProgressOptions): Promise<number> {
    checkProgress(options);
    const { limit = Infinity, onProgress } = options;
    const targets = await this.findTargets(filter);
    const total = onProgress === undefined ? 0 : Math.min(await this.previewRedrive(filter), limit);
    let done = 0;
    for (const { operations, filter: ofDriver } of targets) {
      const step = (most: number): Promise<number> => operations.purge(ofDriver, most);
      const report = (moved: number): void => onProgress?.(done + moved, Math.max(total, done + moved));
      done += await inSteps(limit - done, step, report);
    }
    return done;
  }

  async setPaused(name: string, isPaused: boolean): Promise<void> {
    const all = this.find(undefined).filter(({ operations }) => operations.queues.length > 0);
    const found = findQueues(all, name);
    if (found.length === 0) throw unknownQueue(all, name);
    for (const { operations, queue } of found) await operations.setPaused(queue, isPaused);
  }

  async getPaused(): Promise<readonly string[]> {
    return (await this.getQueues()).flatMap(({ queue, isPaused }) => (isPaused ? [queue] : []));
  }

  private async findTargets(filter: FailedFilter): Promise<readonly Target[]> {
    checkFilter(filter);
    return findTargets(this.find(filter.driver), filter);
  }
}

/** Where an entry is, among what several drivers gave up. */
async function findEntry(targets: readonly Target[], id: string): Promise<number> {
  for (const [index, { operations }] of targets.entries()) {
    if ((await operations.listFailed({ ids: [id] }, 1)).length > 0) return index;
  }
  throw new InvalidOptionsError('EventQueues', [
    `after: there is nothing with the id '${id}' (any more) among what was given up; list it from the start`,
  ]);
}

async function countEach(
  targets: readonly Target[],
): Promise<readonly (Target & { readonly count: number })[]> {
  return Promise.all(
    targets.map(async (target) => ({
      ...target,
      count: await target.operations.previewRedrive(target.filter),
    })),
  );
}

type Step = (most: number) => Promise<number>;

async function once(most: number, step: Step, report: (done: number) => void): Promise<number> {
  const done = most > 0 ? await step(most) : 0;
  if (done > 0) report(done);
  return done;
}

/** Goes on until there is no more, or it is enough. @returns how many were done */
async function inSteps(limit: number, step: Step, report: (done: number) => void): Promise<number> {
  let done = 0;
  while (done < limit) {
    const moved = await step(Math.min(STEP, limit - done));
    if (moved === 0) break;
    done += moved;
    report(done);
  }
  return done;
}
