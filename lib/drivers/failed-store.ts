/** A delivery that was given up. */
export interface FailedDelivery {
  /** Tells one entry from another. */
  readonly id: string;
  /** The event's `getId()`, where it has one. */
  readonly eventId: string | undefined;
  /** The event's `getName()`. */
  readonly eventName: string;
  /** The listener it was for; `undefined` for the event's own `execute()`. */
  readonly listenerId: string | undefined;
  /** The event's `getPayload()`. */
  readonly payload: unknown;
  /** The queue that it came from, where it came from one. */
  readonly queue?: string;
  /** The driver that gave it up. */
  readonly driverName: string;
  /** What it failed with last, in one line. */
  readonly reason: string;
  /** What it failed with last, as it was thrown. */
  readonly error: unknown;
  /** How often it was attempted before it was given up. */
  readonly attempts: number;
  /** When it was given up. */
  readonly failedAt: Date;
}

/** Which entries are meant; all that match every criterion that is given. */
export interface FailedDeliveryFilter {
  /** The entry's own id. */
  id?: string;
  /** The name of the event. */
  eventName?: string;
  /** The id of the listener. */
  listenerId?: string;
  /** At most so many, the oldest first. */
  limit?: number;
}

/** What became of the entries that were tried again. */
export interface RetryReport {
  /** How many were delivered; they have left the store. */
  readonly succeeded: number;
  /** How many failed again; they are in the store, with the new reason. */
  readonly failed: number;
}

/**
 * Keeps what was given up until someone decides: tries it again, or purges it. One that is durable
 * puts an entry back into its queue; the one in memory calls what it was given with it.
 */
export interface FailedStore {
  /**
   * Keeps an entry.
   *
   * @param redeliver delivers it again, without going through this store should it fail
   */
  add(failed: FailedDelivery, redeliver: () => Promise<void>): void | Promise<void>;

  /** What is kept, oldest first. */
  list(filter?: FailedDeliveryFilter): Promise<readonly FailedDelivery[]>;

  /** Delivers entries again. */
  retry(filter?: FailedDeliveryFilter): Promise<RetryReport>;

  /** Deletes entries for good. @returns how many */
  purge(filter?: FailedDeliveryFilter): Promise<number>;
}
