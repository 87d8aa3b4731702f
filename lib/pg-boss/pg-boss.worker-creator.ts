import { type Clock, SYSTEM_CLOCK } from '../driver/clock.js';
import { InvalidOptionsError, StoreError, StoreUnavailableError } from '../errors/index.js';
import { toFixedTime } from '../queue/fixed-time.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import type { EngineCapabilities } from '../queue/engine-capabilities.js';
import {
  type Claim,
  type DeadLetter,
  type DeadLetterFilter,
  type DeliveryCount,
  type OpenOptions,
  type Outcome,
  type QueueDefinition,
  type QueueWorker,
  WorkerCreator,
  type WorkOptions,
} from '../queue/worker-creator.js';
import { announce } from './announce.js';
import { isRefusal } from './database-errors.js';
import { findDifference } from './find-difference.js';
import { describeStore } from './open-database.js';
import { type OpenStore, openStore } from './open-store.js';
import { createConsumers } from './create-consumers.js';
import { ORDERED_SUFFIX } from './pg-boss.mapper.js';
import {
  type PgBossOptions,
  type ResolvedPgBossOptions,
  resolvePgBossOptions,
  validatePgBossOptions,
} from './pg-boss-options.js';
import { createQueues, PAUSED_QUEUE } from './pg-boss.queues.js';
import { toNoRateLimits } from './refusals.js';
import { Sequences } from './sequences.js';
import { type AmbientTransactions, createAmbientTransactions, toDatabase } from './transactions/index.js';

/** While the server commits one batch, another one makes use of its processors. The embedded database has one. */
const BATCHES_AT_ONCE = 2;

/** A statement for fewer takes as long as one for so many. */
const MIN_SHARE = 20;

/** How long the closing of connections may take before it is done by force, in milliseconds. */
const CLOSE_DEADLINE_MS = 300;

/**
 * Stores deliveries with pg-boss: on a PostgreSQL server, or in the embedded database where there is none.
 *
 * @example
 * ```ts
 * PgBossWorkerCreator.forRoot({ connection: process.env.DATABASE_URL });
 * PgBossWorkerCreator.forRoot({ connection: { embedded: './data/events' } });
 * ```
 */
export class PgBossWorkerCreator extends WorkerCreator {
  readonly capabilities: EngineCapabilities;
  private readonly options: ResolvedPgBossOptions;
  private readonly storeName: string;
  private opening: Promise<OpenStore> | undefined;
  private opened: OpenStore | undefined;
  private readonly sequences = new Sequences();
  private readonly ambient: AmbientTransactions | undefined;
  private clock: Clock = SYSTEM_CLOCK;
  private readonly definitions = new Map<string, QueueDefinition>();

  /** @throws {@link InvalidOptionsError} if it could not work with the options */
  constructor(options: PgBossOptions = {}) {
    super();
    const problems = validatePgBossOptions(options);
    if (problems.length > 0) throw new InvalidOptionsError('Options of PgBossWorkerCreator', problems);
    this.options = resolvePgBossOptions(options);
    this.storeName = describeStore(this.options);
    this.ambient = createAmbientTransactions(this.options.ambientTransactions);
    const isEmbedded = this.options.folder !== null;
    this.capabilities = {
      transactions: true,
      transactionalListeners: true,
      delay: true,
      priority: true,
      groups: true,
      rateLimits: false,
      orderingKeys: true,
      batchesAtOnce: isEmbedded ? 1 : BATCHES_AT_ONCE,
      minShare: MIN_SHARE,
      multiProcess: !isEmbedded,
    };
  }

  /** The same engine with options, for the option `workerCreator` of `QueueDriver`. */
  static forRoot(options: PgBossOptions = {}): new () => PgBossWorkerCreator {
    return class extends PgBossWorkerCreator {
      constructor() {
        super(options);
      }
    };
  }

  getStoreName(): string {
    return this.storeName;
  }

  override findDifference(other: WorkerCreator): string | undefined {
    return other instanceof PgBossWorkerCreator ? findDifference(this.options, other.options) : undefined;
  }

  /**
   * What libraries call the connection: a `Pool` of `pg`, or the `PGlite` of an embedded database, which the
   * application may use for tables of its own.
   *
   * @throws {@link StoreUnavailableError} before the application has started
   */
  getClient<T>(): T {
    return this.getOpened().database.client as T;
  }

  async open(options: OpenOptions): Promise<void> {
    const opening = (this.opening ??= this.start(options));
    let open: OpenStore;
    try {
      open = await opening;
    } catch (error) {
      if (this.opening === opening) this.opening = undefined;
      throw error;
    }
    if (this.opening !== opening) {
      throw new StoreUnavailableError(this.storeName, 'it was closed while it was being opened');
    }
    this.opened = open;
    const { boss, database, paused, forgotten, onError } = open;
    await createQueues(boss, options.queues, {
      isOwner: options.isWorker,
      hasHeartbeat: !database.isExclusive,
    });
    forgotten.add(options.queues);
    if (options.isWorker) {
      // It is of no harm to who starts that they cannot be counted.
      await forgotten
        .warnOfDeliveries(database.withDeadline(this.options.timeoutMs), options.queues)
        .catch(onError);
    }
    // Before any of them is worked.
    if (options.isWorker && options.queues.length > 0) await paused.refresh();
    for (const definition of options.queues) this.definitions.set(definition.name, definition);
  }

  async store(queue: string, deliveries: readonly StoredDelivery[], transaction?: unknown): Promise<void> {
    const { storage, getConsumer } = this.getOpened();
    if (transaction !== undefined) {
      const db = toDatabase(transaction);
      return this.sequences.run(transaction as object, () => storage.storeIn(db, queue, deliveries));
    }
    const isHandedOver = await storage.store(queue, deliveries);
    if (!isHandedOver) announce(queue, deliveries, this.clock, getConsumer);
  }

  override isRefusal(error: unknown): boolean {
    return isRefusal(error instanceof StoreError ? error.cause : error);
  }

  override getAmbientTransaction(): unknown {
    return this.ambient?.get();
  }

  async work(
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): Promise<QueueWorker> {
    const opened = this.getOpened();
    if (options.rateLimit !== undefined) throw toNoRateLimits(this.storeName);
    const { heartbeatMs = 30_000, retries = 0 } = this.definitions.get(queue) ?? {};
    return createConsumers(opened, {
      queue,
      options,
      run,
      heartbeatMs,
      retries,
      deadlineMs: this.options.timeoutMs,
    });
  }

  async count(queues: readonly string[]): Promise<readonly DeliveryCount[]> {
    return this.getOpened().operations.count(queues);
  }

  async listDeadLetters(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<readonly DeadLetter[]> {
    return this.getOpened().operations.listDeadLetters(deadLetterQueue, filter, page);
  }

  async previewRedrive(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    return this.getOpened().operations.previewRedrive(deadLetterQueue, filter);
  }

  async redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const moved = await this.getOpened().operations.redrive(deadLetterQueue, filter, limit);
    this.getOpened().wakeAll();
    return moved;
  }

  async purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.getOpened().operations.purge(deadLetterQueue, filter, limit);
  }

  async setPaused(queue: string, paused: boolean): Promise<void> {
    await this.getOpened().paused.set(queue, paused);
  }

  async getPaused(): Promise<readonly string[]> {
    const { paused } = this.getOpened();
    await paused.refresh();
    return paused.names;
  }

  async listQueues(): Promise<readonly string[]> {
    const names = await this.getOpened().operations.listQueues();
    return names.filter((name) => !name.endsWith(ORDERED_SUFFIX) && name !== PAUSED_QUEUE);
  }

  async close(): Promise<void> {
    const { opening } = this;
    this.opening = undefined;
    this.opened = undefined;
    const open = await opening?.catch(() => undefined);
    await open?.close(CLOSE_DEADLINE_MS);
  }

  private async start(options: OpenOptions): Promise<OpenStore> {
    if (options.clock?.attach !== undefined && this.options.folder !== null) this.clock = options.clock;
    else if (options.clock?.attach !== undefined) throw toFixedTime(this.storeName);
    await this.ambient?.load(options.onWarning);
    return openStore(this.options, this.storeName, options);
  }

  private getOpened(): OpenStore {
    if (this.opened !== undefined) return this.opened;
    throw new StoreUnavailableError(
      this.storeName,
      'it is not open; the application has not started, or has ended',
    );
  }
}
