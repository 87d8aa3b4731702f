import type { WorkerCreator } from '../../queue/worker-creator.js';

/** Makes stores for the suite to try an engine on. */
export interface EngineHarness {
  /**
   * Makes an empty store. The tests share one, in which each has queues of its own; those that close or crash
   * the only engine of a store share another.
   */
  createStore(): EngineStore | Promise<EngineStore>;

  /**
   * How long a test waits for something to happen before it fails, in milliseconds.
   *
   * @defaultValue 10000
   */
  readonly patienceMs?: number;
}

/** A store of deliveries that engines are created on. */
export interface EngineStore {
  /**
   * Makes an engine on this store, not opened yet. Where `multiProcess` is among its capabilities, several are
   * open at a time; where not, one is closed or has crashed before the next is made.
   */
  create(): WorkerCreator | Promise<WorkerCreator>;

  /** Removes the store, once all engines on it are closed. */
  destroy(): void | Promise<void>;

  /**
   * Ends an engine as the death of its process would: nothing that it has in hand is settled or given back.
   * Absent where a store does not outlive its engine.
   */
  crash?(engine: WorkerCreator): void | Promise<void>;

  /**
   * Makes the heartbeats of all engines so far look as old as if they had been dead for long. Without it the
   * suite waits for as long as a heartbeat takes.
   */
  expireHeartbeats?(): void | Promise<void>;

  /** Begins a transaction, as an application would. Needed where `transactions` is among the capabilities. */
  beginTransaction?(engine: WorkerCreator): HarnessTransaction | Promise<HarnessTransaction>;
}

/** A transaction that a test commits or rolls back. */
export interface HarnessTransaction {
  /** What `WorkerCreator.store()` takes. */
  readonly transaction: unknown;
  commit(): void | Promise<void>;
  rollback(): void | Promise<void>;
}
