import { inspect } from 'node:util';
import type { Clock } from '../driver/clock.js';
import type { QueueCount } from '../driver/driver-operations.js';
import type { EngineCapabilities } from './engine-capabilities.js';
import type { RateLimit } from './rate-limit.js';
import type { StoredData, StoredDelivery, StoredError } from './stored-delivery.js';

/** A queue as the engine is to keep it. */
export interface QueueDefinition {
  /** The name in the store. */
  readonly name: string;
  /** Where deliveries that were given up go. */
  readonly deadLetterQueue: string;
  readonly retries: number;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long after the last sign of life of a worker its deliveries are another's, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long the records of what is done are kept, in seconds; for so long one event is stored once. */
  readonly keepCompletedSeconds: number;
}

/** How a queue is worked in this process. */
export interface WorkOptions {
  /** How many deliveries run at a time in this process. */
  readonly concurrency: number;
  /** How many deliveries of one group run at a time in all processes. */
  readonly groupConcurrency: number | undefined;
  /** How many deliveries begin in a time, in all processes together. */
  readonly rateLimit: RateLimit | undefined;
  /** How often to look for work that nobody announced, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Given up rather than run a second time, whatever happens to the first run. */
  readonly runOnce: boolean;
}

/** A delivery that this process has been given to run. */
export interface Claim {
  readonly id: string;
  readonly queue: string;
  readonly data: StoredData;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** How many attempts there are at most. */
  readonly maxAttempts: number;
  /** How long this attempt may take, in milliseconds; `undefined` for as long as the queue says. */
  readonly timeoutMs: number | undefined;
  /** Aborted when the delivery is no longer this process's to run. */
  readonly signal: AbortSignal;
  /**
   * Runs work in a transaction that also completes the delivery: both are there afterwards, or neither.
   * Only where `transactionalListeners` is among the capabilities.
   */
  runInTransaction?(work: (transaction: DeliveryTransaction) => Promise<void>): Promise<void>;
}

/** The transaction that a transactional listener runs in. */
export interface DeliveryTransaction {
  /** Runs a statement in it, with `$1`, `$2`, ... for the values. */
  query<TRow = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<{ rows: TRow[] }>;

  /** What `pg` or PGlite calls the connection or transaction, for libraries that take one. */
  readonly client: unknown;
}

/** What became of a claim. */
export type Outcome =
  | { readonly status: 'completed' }
  /** It was completed in its own transaction. */
  | { readonly status: 'settled' }
  /** Again after a while; the last attempt of all is given up instead. */
  | { readonly status: 'failed'; readonly error: StoredError; readonly delayMs: number }
  /** Again after a while, without using up the attempt. */
  | { readonly status: 'postponed'; readonly delayMs: number }
  /** Given up at once. */
  | { readonly status: 'dead'; readonly error: StoredError };

/** Works one queue until it is stopped. */
export interface QueueWorker {
  /** Takes nothing more. Resolves once what was taken has been run and settled. */
  stop(): Promise<void>;
  /** Gives back what is still running, with its attempts as they were before it was taken. */
  release(): Promise<void>;
}

/** How many deliveries of one event to one listener are where in a store. */
export type DeliveryCount = Omit<QueueCount, 'driver'>;

/** A delivery that was given up, as the store has it. */
export interface DeadLetter {
  /** Tells one dead letter from another. */
  readonly id: string;
  /** The queue that it came from. */
  readonly queue: string;
  readonly data: StoredData;
  readonly error: StoredError;
  /** How often it was attempted before it was given up. */
  readonly attempts: number;
  readonly failedAt: Date;
}

/** Which dead letters are meant; all that match every criterion that is given. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  /** The queue that they came from. */
  readonly queue?: string;
  readonly event?: string;
  readonly listener?: string;
  /** Only those given up before this time. */
  readonly before?: Date;
}

/** What an engine is opened with. */
export interface OpenOptions {
  /** With none, and nothing to work, the store is only looked into: opening it changes nothing in it. */
  readonly queues: readonly QueueDefinition[];
  /** Whether this process works any of them, and so keeps them in step with their definitions. */
  readonly isWorker: boolean;
  /**
   * Whether this process works any queue of the store, be it of another driver, and so looks after the store.
   *
   * @defaultValue `isWorker`
   */
  readonly isStoreWorked?: boolean;
  /** Whether a weakness of the server that would otherwise be a warning is an error. */
  readonly strict: boolean;
  /**
   * Whether a store that is not there, or not up to date, is an error rather than to be created or migrated.
   *
   * @defaultValue false
   */
  readonly mustExist?: boolean;
  /**
   * The time that delays and schedules go by. A store that has a time of its own goes by that, unless the clock has a
   * method `attach()`: then a test moves the time, and the store is to be attached to it.
   *
   * @defaultValue that of the system
   */
  readonly clock?: Clock;
  /** Hears what goes wrong in the background. */
  readonly onError: (error: unknown) => void;
  readonly onWarning: (message: string) => void;
}

/**
 * An engine that a `QueueDriver` stores deliveries in: what the option `workerCreator` takes. One
 * instance serves all queues of an application that name the same store.
 *
 * Every method settles within a time of the engine's own choosing, whatever the server does, and
 * rejects with an error that says what is not known to have happened.
 */
export abstract class WorkerCreator {
  abstract readonly capabilities: EngineCapabilities;

  /** The same for two that would open the same store. Without secrets. */
  abstract getStoreName(): string;

  /** It has the address of a server, with a password: whoever prints it, or what has it, is not shown more than this. */
  [inspect.custom](): string {
    return `${this.constructor.name} (${this.getStoreName()})`;
  }

  /** As little as {@link inspect} shows. */
  toJSON(): string {
    return this[inspect.custom]();
  }

  /**
   * What another one that opens the same store would do otherwise; in words that follow a colon. The drivers of an
   * application share one of the two, so a difference is refused.
   */
  findDifference(_other: WorkerCreator): string | undefined {
    return undefined;
  }

  /** Connects, and creates the queues or brings them in step with their definitions. */
  abstract open(options: OpenOptions): Promise<void>;

  /**
   * Stores deliveries, all or none. What is there already, by its id, is left as it is. Those of one ordering key
   * come after those that were stored before, and are in the order in which they are given.
   *
   * @param transaction what the caller's database library calls its transaction: they are then
   *   stored when it commits, and not before
   */
  abstract store(queue: string, deliveries: readonly StoredDelivery[], transaction?: unknown): Promise<void>;

  /** Whether what {@link WorkerCreator.store} rejected with says that one of the deliveries cannot be stored. */
  isRefusal(_error: unknown): boolean {
    return false;
  }

  /** The transaction that is open around the caller, where the application's library tells. */
  getAmbientTransaction(): unknown {
    return undefined;
  }

  /** Starts to work a queue. `run` never rejects. */
  abstract work(
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): Promise<QueueWorker>;

  /** Counts the deliveries of queues. */
  abstract count(queues: readonly string[]): Promise<readonly DeliveryCount[]>;

  /** Lists dead letters, oldest first. `after` is the id of the last one of the page before. */
  abstract listDeadLetters(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<readonly DeadLetter[]>;

  /** How many dead letters {@link WorkerCreator.redrive} would move. */
  abstract previewRedrive(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number>;

  /** Puts dead letters back into the queue they came from, oldest first. @returns how many */
  abstract redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number>;

  /** Deletes dead letters for good, oldest first. @returns how many */
  abstract purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number>;

  /** Stops or resumes the work on a queue, in all processes. What is running goes on. */
  abstract setPaused(queue: string, paused: boolean): Promise<void>;

  /** The queues that are paused. */
  abstract getPaused(): Promise<readonly string[]>;

  /** The names of all queues in the store, those of dead letters included. */
  abstract listQueues(): Promise<readonly string[]>;

  /** Closes the connections. May be called at any time, and more than once. */
  abstract close(): Promise<void>;
}
