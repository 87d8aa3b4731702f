import type { DriverOperations, FailedFilter, QueueCount } from '../driver/driver-operations.js';
import type { FailedDelivery } from '../drivers/failed-store.js';
import { InvalidOptionsError } from '../errors/index.js';

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

  async listFailed(filter: FailedFilter, limit: number): Promise<readonly FailedDelivery[]> {
    const failed: FailedDelivery[] = [];
    for (const { operations } of this.find(filter.driver)) {
      if (failed.length < limit) failed.push(...(await operations.listFailed(filter, limit - failed.length)));
    }
    return failed;
  }

  async previewRedrive(filter: FailedFilter): Promise<number> {
    const counts = await Promise.all(
      this.find(filter.driver).map(({ operations }) => operations.previewRedrive(filter)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** No more than there are at the start: what fails again at once would otherwise be redriven for ever. */
  async redrive(filter: FailedFilter, { limit = Infinity, onProgress }: ProgressOptions): Promise<number> {
    const all = await Promise.all(
      this.find(filter.driver).map(async ({ operations }) => ({
        operations,
        count: await operations.previewRedrive(filter),
      })),
    );
    const total = Math.min(
      all.reduce((sum, { count }) => sum + count, 0),
      limit,
    );
    let done = 0;
    for (const { operations, count } of all) {
      const step = (most: number): Promise<number> => operations.redrive(filter, most);
      const report = (moved: number): void => onProgress?.(done + moved, total);
      const most = Math.min(count, limit - done);
      // What has no queue is delivered here and now; a second step would try again what the first one failed to.
      done += await (operations.queues.length > 0 ? inSteps(most, step, report) : once(most, step, report));
    }
    return done;
  }

  async purge(filter: FailedFilter, { limit = Infinity, onProgress }: ProgressOptions): Promise<number> {
    const total = onProgress === undefined ? 0 : Math.min(await this.previewRedrive(filter), limit);
    let done = 0;
    for (const { operations } of this.find(filter.driver)) {
      const step = (most: number): Promise<number> => operations.purge(filter, most);
      const report = (moved: number): void => onProgress?.(done + moved, Math.max(total, done + moved));
      done += await inSteps(limit - done, step, report);
    }
    return done;
  }

  async setPaused(queue: string, isPaused: boolean): Promise<void> {
    const all = this.find(undefined).map(({ operations }) => operations);
    const found = all.find(({ queues }) => queues.includes(queue));
    if (found !== undefined) return found.setPaused(queue, isPaused);
    const known = all.flatMap(({ queues }) => queues.map((name) => `'${name}'`));
    throw new InvalidOptionsError('EventQueues', [
      `there is no queue '${queue}'; there are ${known.join(', ') || 'none'}`,
    ]);
  }

  async getPaused(): Promise<readonly string[]> {
    return (await this.getQueues()).flatMap(({ queue, isPaused }) => (isPaused ? [queue] : []));
  }
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
