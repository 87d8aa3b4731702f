import type { Queue } from 'bullmq';
import { InvalidOptionsError, StoreUnavailableError, UnsupportedOptionError } from '../errors/index.js';
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
import {
  type BullMqOptions,
  type ResolvedBullMqOptions,
  resolveBullMqOptions,
  validateBullMqOptions,
} from './bullmq-options.js';
import { isRefusal } from './bullmq.mapper.js';
import { createWorker, recover } from './create-worker.js';
import { findDifference } from './find-difference.js';
import { type OpenStore, openStore, toUnavailable } from './open-store.js';
import { describeConnection } from './redis/create-client.js';

/** One batch is put together while the other one is stored. */
const BATCHES_AT_ONCE = 2;

/** Redis has stored one in the time that it takes to put the next one together. */
const MIN_SHARE = 1;

/** How long the closing of connections may take before it is done by force, in milliseconds. */
const CLOSE_DEADLINE_MS = 300;

const DEFAULT_HEARTBEAT_MS = 30_000;

/**
 * Stores deliveries with BullMQ: on Redis, Valkey or Redis Cluster.
 *
 * It cannot store in a transaction of a database. Where an event must be stored together with what it tells of, queue it
 * on PostgreSQL, and name the driver with this engine as `driver` of that queue: it is then the relay to this one.
 *
 * @example
 * ```ts
 * BullMqWorkerCreator.forRoot({ connection: process.env.REDIS_URL });
 * BullMqWorkerCreator.forRoot({ connection: { nodes: [{ host: 'redis-1', port: 6379 }] } });
 * ```
 */
export class BullMqWorkerCreator extends WorkerCreator {
  readonly capabilities: EngineCapabilities = {
    transactions: false,
    transactionalListeners: false,
    delay: true,
    priority: true,
    groups: true,
    orderingKeys: true,
    rateLimits: true,
    batchesAtOnce: BATCHES_AT_ONCE,
    minShare: MIN_SHARE,
    multiProcess: true,
  };
  private readonly options: ResolvedBullMqOptions;
  private readonly storeName: string;
  private opening: Promise<OpenStore> | undefined;
  private opened: OpenStore | undefined;
  private readonly definitions = new Map<string, QueueDefinition>();

  /** @throws {@link InvalidOptionsError} if it could not work with the options */
  constructor(options: BullMqOptions = {}) {
    super();
    const problems = validateBullMqOptions(options);
    if (problems.length > 0) throw new InvalidOptionsError('Options of BullMqWorkerCreator', problems);
    this.options = resolveBullMqOptions(options);
    this.storeName = `${describeConnection(this.options.connection)} ${this.options.prefix}`;
  }

  /** The same engine with options, for the option `workerCreator` of `QueueDriver`. */
  static forRoot(options: BullMqOptions = {}): new () => BullMqWorkerCreator {
    return class extends BullMqWorkerCreator {
      constructor() {
        super(options);
      }
    };
  }

  getStoreName(): string {
    return this.storeName;
  }

  override findDifference(other: WorkerCreator): string | undefined {
    return other instanceof BullMqWorkerCreator ? findDifference(this.options, other.options) : undefined;
  }

  /**
   * BullMQ's own `Queue` for one of the queues, for dashboards and whatever else takes one. It shares the connection, and
   * is closed with the engine. A queue is called as its driver is, or `driver.queue`.
   *
   * @throws {@link StoreUnavailableError} before the application has started
   */
  getQueue(name: string): Queue {
    const { queues, onError } = this.getOpened();
    return queues.expose(name, onError);
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
    for (const definition of options.queues) {
      await open.queues.define(definition, options.isWorker).catch((error: unknown) => {
        throw toUnavailable(this.storeName, error);
      });
      this.definitions.set(definition.name, definition);
    }
    open.forgotten.add(options.queues);
    // It is of no harm to who starts that they cannot be counted.
    if (options.isWorker) await open.forgotten.warnOfDeliveries(options.queues).catch(open.onError);
  }

  async store(queue: string, deliveries: readonly StoredDelivery[], transaction?: unknown): Promise<void> {
    const { storage, queues } = this.getOpened();
    if (transaction !== undefined) throw toNoTransactions(this.storeName);
    await storage.store(queues.get(queue), deliveries);
  }

  override isRefusal(error: unknown): boolean {
    return isRefusal(error);
  }

  async work(
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): Promise<QueueWorker> {
    const { queues, paused, register, onError } = this.getOpened();
    await paused.refresh([queue]);
    const link = queues.get(queue);
    const { heartbeatMs = DEFAULT_HEARTBEAT_MS, retries = 0 } = this.definitions.get(queue) ?? {};
    const worker = createWorker({
      link,
      options,
      run,
      onError,
      heartbeatMs,
      retries,
      bullmq: this.options.bullmq,
      isPaused: () => paused.has(queue),
    });
    register(queue, worker, () => recover(link, options));
    return worker.consumer;
  }

  async count(queues: readonly string[]): Promise<readonly DeliveryCount[]> {
    return this.getOpened().operations.count(queues);
  }

  async listDeadLetters(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<readonly DeadLetter[]> {
    return this.getOpened().operations.list(deadLetterQueue, filter, page);
  }

  async previewRedrive(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    return this.getOpened().operations.preview(deadLetterQueue, filter);
  }

  async redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.getOpened().operations.redrive(deadLetterQueue, filter, limit);
  }

  async purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.getOpened().operations.purge(deadLetterQueue, filter, limit);
  }

  async setPaused(queue: string, paused: boolean): Promise<void> {
    await this.getOpened().paused.set(queue, paused);
  }

  async getPaused(): Promise<readonly string[]> {
    const { paused, queues } = this.getOpened();
    return paused.refresh(await queues.list());
  }

  async listQueues(): Promise<readonly string[]> {
    const all = await this.getOpened().queues.listDeadLetterQueues();
    return [...new Set([...all].flat())].filter((name) => name !== '').toSorted();
  }

  async close(): Promise<void> {
    const { opening } = this;
    this.opening = undefined;
    this.opened = undefined;
    const open = await opening?.catch(() => undefined);
    await open?.close(CLOSE_DEADLINE_MS);
  }

  private async start(options: OpenOptions): Promise<OpenStore> {
    if (options.clock?.attach !== undefined) throw toFixedTime(this.storeName);
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

function toNoTransactions(store: string): UnsupportedOptionError {
  return new UnsupportedOptionError(
    store,
    'transaction',
    `Redis takes no part in the transaction of a database. Dispatch to a queue on PostgreSQL that has this one's driver ` +
      `as its own ('driver'): it relays what has been committed`,
  );
}
