import { SYSTEM_CLOCK } from '../../driver/clock.js';
import { StoreError, StoreUnavailableError } from '../../errors/index.js';
import type { StoredDelivery } from '../../queue/stored-delivery.js';
import type { EngineCapabilities } from '../../queue/engine-capabilities.js';
import {
  type Claim,
  type DeadLetter,
  type DeadLetterFilter,
  type DeliveryCount,
  type OpenOptions,
  type Outcome,
  type QueueWorker,
  WorkerCreator,
  type WorkOptions,
} from '../../queue/worker-creator.js';
import { type InMemoryOptions, resolveInMemoryOptions } from './in-memory-options.js';
import type { InMemoryStore } from './in-memory.store.js';
import { findTransaction } from './in-memory.transaction.js';
import { InMemoryWorker, type WorkerParts } from './in-memory.worker.js';
import { type Job, type Owner, toDeadLetter } from './job.js';
import { countDeliveries, listPending, type PendingDelivery } from './look-into-store.js';
import { checkCapabilities, checkWorkOptions, isRefusal, toUnsupported } from './refusals.js';

/**
 * Stores deliveries in memory, for tests: with all that the engines of servers do, for as long as the process lives,
 * and by the clock of the test. Each instance has a store of its own, unless it is given one to share.
 *
 * It cannot follow the transaction of a database: what is dispatched in one is stored at once, whatever becomes of the
 * transaction. A transactional listener has no database to write to; the embedded database does have one.
 *
 * @example
 * ```ts
 * const engine = new InMemoryWorkerCreator();
 * EventConfig.createConfigDriver(QueueDriver, { workerCreator: engine });
 * // ...
 * await events.dispatch(new OrderPlaced({ id: 1 }));
 * await engine.untilIdle();
 * ```
 */
export class InMemoryWorkerCreator extends WorkerCreator {
  readonly capabilities: EngineCapabilities;
  protected readonly memory: InMemoryStore;
  protected owner: Owner;
  protected state: 'new' | 'open' | 'closed' = 'new';
  private readonly isInstant: boolean;
  private readonly workers = new Set<InMemoryWorker>();
  private onError: (error: unknown) => void = () => {};

  /** @throws {@link InvalidOptionsError} if it could not work with the options */
  constructor(options: InMemoryOptions = {}) {
    super();
    const { store, capabilities, isInstant } = resolveInMemoryOptions(options);
    this.memory = store;
    this.capabilities = capabilities as EngineCapabilities;
    this.isInstant = isInstant;
    this.owner = this.createOwner();
  }

  getStoreName(): string {
    return this.memory.name;
  }

  override findDifference(other: WorkerCreator): string | undefined {
    if (!(other instanceof InMemoryWorkerCreator)) return undefined;
    if (other.isInstant !== this.isInstant) return `isInstant is ${this.isInstant}, and ${other.isInstant}`;
    const names = Object.keys(this.capabilities) as (keyof EngineCapabilities)[];
    const name = names.find((one) => this.capabilities[one] !== other.capabilities[one]);
    return name && `capabilities.${name} is ${this.capabilities[name]}, and ${other.capabilities[name]}`;
  }

  async open({ queues, isWorker, clock = SYSTEM_CLOCK, onError }: OpenOptions): Promise<void> {
    this.memory.users.add(this.memory.name, this, { clock, isShared: this.isAble('multiProcess') });
    if (this.state === 'closed') this.owner = this.createOwner();
    this.state = 'open';
    this.onError = onError;
    for (const definition of queues) this.memory.define(definition, isWorker);
  }

  async store(queue: string, deliveries: readonly StoredDelivery[], transaction?: unknown): Promise<void> {
    const store = this.opened();
    if (this.owner.isCutOff) throw new StoreError(store.name, 'not-stored', this.toError());
    if (transaction !== undefined && !this.isAble('transactions')) {
      throw toUnsupported(store.name, 'transaction', 'transactions');
    }
    checkCapabilities(store.name, deliveries, (capability) => this.isAble(capability));
    const found = findTransaction(transaction);
    if (found === undefined) store.insert(queue, deliveries);
    else found.insert(store, queue, deliveries);
  }

  override isRefusal(error: unknown): boolean {
    return isRefusal(error);
  }

  async work(
    queue: string,
    wanted: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): Promise<QueueWorker> {
    const store = this.reached();
    checkWorkOptions(store.name, wanted, (capability) => this.isAble(capability));
    const options = this.isInstant ? { ...wanted, rateLimit: undefined } : wanted;
    const { owner, onError } = this;
    const isTransactional = this.isAble('transactionalListeners');
    const worker = this.createWorker({ store, owner, queue, options, run, isTransactional, onError });
    this.workers.add(worker);
    return worker;
  }

  async count(queues: readonly string[]): Promise<readonly DeliveryCount[]> {
    return countDeliveries(this.reached(), queues, (job) => this.toState(job));
  }

  async listDeadLetters(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<readonly DeadLetter[]> {
    const letters = this.reached().find(deadLetterQueue, filter);
    const start = letters.findIndex(({ id }) => id === after) + 1;
    return letters.slice(start, start + limit).map(toDeadLetter);
  }

  async previewRedrive(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    return this.reached().find(deadLetterQueue, filter).length;
  }

  async redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.reached().redrive(deadLetterQueue, filter, limit);
  }

  async purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const letters = this.reached().find(deadLetterQueue, filter).slice(0, limit);
    this.memory.remove(letters);
    return letters.length;
  }

  async setPaused(queue: string, paused: boolean): Promise<void> {
    const store = this.reached();
    if (paused) store.paused.add(queue);
    else store.paused.delete(queue);
    store.announce();
  }

  async getPaused(): Promise<readonly string[]> {
    return [...this.reached().paused];
  }

  async listQueues(): Promise<readonly string[]> {
    const definitions = [...this.reached().definitions.values()];
    return [...new Set(definitions.flatMap(({ name, deadLetterQueue }) => [name, deadLetterQueue]))];
  }

  async close(): Promise<void> {
    this.state = 'closed';
    this.owner.isCutOff = true;
    for (const worker of this.workers) worker.abandon();
    this.workers.clear();
    this.memory.setSilent(this.owner, true);
    this.memory.users.delete(this);
  }

  /**
   * Resolves once nothing runs, and nothing can be taken now; with `isInstant`, nothing that is delayed either. What is
   * in a queue that is paused, or that nobody works, is not waited for. It counts what others do that share the store.
   */
  untilIdle(): Promise<void> {
    return this.memory.loop.untilIdle();
  }

  /** What is stored and neither done nor given up, queue by queue in the order in which it was stored. */
  getPending(): readonly PendingDelivery[] {
    return listPending(this.memory, (job) => this.toState(job));
  }

  /**
   * Has it behave as if its server could not be reached any more: what it is asked for is refused, and it takes nothing.
   * What runs goes on, but what becomes of it cannot be recorded, and its heartbeats do not arrive.
   */
  dropConnection(): void {
    this.opened();
    this.owner.isCutOff = true;
    this.memory.setSilent(this.owner, true);
  }

  /**
   * Ends what {@link InMemoryWorkerCreator.dropConnection} began. What became of deliveries meanwhile is recorded, unless
   * their heartbeat has run out by the clock: those are given out again, which uses up an attempt.
   */
  restoreConnection(): void {
    const store = this.opened();
    for (const queue of store.queues.keys()) store.recover(queue);
    this.owner.isCutOff = false;
    store.setSilent(this.owner, false);
    for (const worker of this.workers) worker.catchUp();
  }

  /** @internal Until when the rate limit of a queue lets nothing begin, in milliseconds since 1970. */
  getClosedUntil(queue: string): number {
    return this.memory.getQueue(queue).window.closedUntil;
  }

  protected createWorker(parts: WorkerParts): InMemoryWorker {
    return new InMemoryWorker(parts);
  }

  protected isAble(capability: keyof EngineCapabilities): boolean {
    return Boolean(this.capabilities[capability]);
  }

  protected toState({ state, notBefore }: Job): 'ready' | 'delayed' | 'active' | 'completed' {
    if (state === 'active' || state === 'completed') return state;
    return notBefore > this.memory.clock.now() && !this.isInstant ? 'delayed' : 'ready';
  }

  protected opened(): InMemoryStore {
    if (this.state === 'open') return this.memory;
    throw new StoreUnavailableError(
      this.memory.name,
      'it is not open; the application has not started, or has ended',
    );
  }

  private reached(): InMemoryStore {
    const store = this.opened();
    if (this.owner.isCutOff) throw this.toError();
    return store;
  }

  private toError(): StoreUnavailableError {
    return new StoreUnavailableError(this.memory.name, 'the connection was dropped, by dropConnection()');
  }

  private createOwner(): Owner {
    return { silentSince: undefined, isCutOff: false, isInstant: this.isInstant };
  }
}
