/** What an engine can do. What it cannot is refused where it is asked for, never ignored. */
export interface EngineCapabilities {
  /** Stores in a transaction that the caller hands over. */
  readonly transactions: boolean;
  /** Runs a listener in a transaction that the completion of its delivery is part of. */
  readonly transactionalListeners: boolean;
  /** `delay` and `at`. */
  readonly delay: boolean;
  readonly priority: boolean;
  /** `group`, with the queue's `groupConcurrency`. */
  readonly groups: boolean;
  /** `rateLimit` of a queue. */
  readonly rateLimits: boolean;
  readonly orderingKeys: boolean;
  /**
   * How many calls that store deliveries it works on at a time: as many are under way at most, and dispatches that
   * wait meanwhile share the next ones. 0 where nothing is gained by sharing a call: each then has its own at once.
   */
  readonly batchesAtOnce: number;
  /**
   * What waits is shared out among those calls, but not in parts that are smaller than this: more where a call for few
   * takes as long as one for many.
   *
   * @defaultValue 1
   */
  readonly minShare?: number;
  /** Whether other processes may work the same store. */
  readonly multiProcess: boolean;
}
