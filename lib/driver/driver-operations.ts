import type { FailedDelivery } from '../drivers/failed-store.js';

/** How many deliveries of one event to one listener are where. */
export interface QueueCount {
  /** The driver that they are stored by. */
  readonly driver: string;
  /** The name of the queue in the store. */
  readonly queue: string;
  readonly event: string;
  /** The id of the listener; `undefined` for the event's own `execute()`. */
  readonly listener: string | undefined;
  /** To be run now. */
  readonly ready: number;
  /** To be run later: delayed, postponed, or waiting for another attempt. */
  readonly delayed: number;
  readonly active: number;
  /** Done, as far as records are kept. */
  readonly completed: number;
  /** Given up, and kept until someone decides. */
  readonly failed: number;
}

/**
 * Which of what was given up is meant; all that match every criterion that is given. A criterion that is there but
 * `undefined` is refused, as it would narrow nothing.
 */
export interface FailedFilter {
  /** The entries' own ids. */
  readonly ids?: readonly string[];
  /** The driver that gave them up. */
  readonly driver?: string;
  /** The name of the queue in the store, such as `'queue.mails'`; or `'mails'`, for the queues that are called that. */
  readonly queue?: string;
  /** The name of the event. */
  readonly event?: string;
  /** The id of the listener. */
  readonly listener?: string;
  /** Only what was given up before this time. */
  readonly before?: Date;
}

/** What can be done with what a driver stores and what it gave up. */
export interface DriverOperations {
  /** Its queues, by their names in the store; none where it has none. */
  readonly queues: readonly string[];
  count(): Promise<readonly QueueCount[]>;
  /** Oldest first. `after` is the id of the last one of the page before. */
  listFailed(filter: FailedFilter, limit: number, after?: string): Promise<readonly FailedDelivery[]>;
  /** How many {@link DriverOperations.redrive} would try again. */
  previewRedrive(filter: FailedFilter): Promise<number>;
  /** Tries again, oldest first. @returns how many were put back into their queue, or delivered */
  redrive(filter: FailedFilter, limit: number): Promise<number>;
  /** Deletes for good, oldest first. @returns how many */
  purge(filter: FailedFilter, limit: number): Promise<number>;
  getPaused(): Promise<readonly string[]>;
  setPaused(queue: string, paused: boolean): Promise<void>;
}
