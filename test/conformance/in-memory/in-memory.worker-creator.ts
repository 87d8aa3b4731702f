import {
  type Claim,
  type DeadLetter,
  type DeadLetterFilter,
  type DeliveryCount,
  type EngineCapabilities,
  type OpenOptions,
  type Outcome,
  type QueueWorker,
  type StoredDelivery,
  StoreUnavailableError,
  WorkerCreator,
  type WorkOptions,
} from 'nestjs-event-drivers';
import { type InMemoryStore, type Owner, RefusedError } from './in-memory.store.js';
import type { InMemoryTransaction } from './in-memory.transaction.js';
import { InMemoryWorker } from './in-memory.worker.js';

export const ALL_CAPABILITIES: EngineCapabilities = {
  transactions: true,
  transactionalListeners: true,
  delay: true,
  priority: true,
  groups: true,
  orderingKeys: true,
  batchesAtOnce: 2,
  multiProcess: true,
};

/** An engine for tests of the suite: it keeps what it promises, for as long as the process lives. */
export class InMemoryWorkerCreator extends WorkerCreator {
  readonly capabilities: EngineCapabilities = ALL_CAPABILITIES;
  protected readonly owner: Owner = { diedAt: undefined };
  protected readonly workers: InMemoryWorker[] = [];
  protected state: 'new' | 'open' | 'closed' = 'new';

  constructor(protected readonly memory: InMemoryStore) {
    super();
  }

  getStoreName(): string {
    return 'memory';
  }

  async open({ queues, isWorker }: OpenOptions): Promise<void> {
    if (this.state === 'closed') throw this.toError();
    this.state = 'open';
    for (const definition of queues) this.memory.define(definition, isWorker);
  }

  async store(queue: string, deliveries: readonly StoredDelivery[], transaction?: unknown): Promise<void> {
    const store = this.opened();
    if (transaction === undefined) store.insert(queue, deliveries);
    else (transaction as InMemoryTransaction).insert(queue, deliveries);
  }

  override isRefusal(error: unknown): boolean {
    return error instanceof RefusedError;
  }

  async work(
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): Promise<QueueWorker> {
    const worker = this.createWorker(this.opened(), queue, options, run);
    this.workers.push(worker);
    return worker;
  }

  async count(queues: readonly string[]): Promise<readonly DeliveryCount[]> {
    return this.opened().count(queues);
  }

  async listDeadLetters(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<readonly DeadLetter[]> {
    const letters = this.opened().find(deadLetterQueue, filter);
    const start = letters.findIndex(({ id }) => id === after) + 1;
    return letters.slice(start, start + limit);
  }

  async previewRedrive(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    return this.opened().find(deadLetterQueue, filter).length;
  }

  async redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.opened().redrive(deadLetterQueue, filter, limit);
  }

  async purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const letters = this.opened().find(deadLetterQueue, filter).slice(0, limit);
    this.opened().remove(letters);
    return letters.length;
  }

  async setPaused(queue: string, paused: boolean): Promise<void> {
    if (paused) this.opened().paused.add(queue);
    else this.opened().paused.delete(queue);
    this.opened().announce();
  }

  async getPaused(): Promise<readonly string[]> {
    return [...this.opened().paused];
  }

  async listQueues(): Promise<readonly string[]> {
    const definitions = [...this.opened().definitions.values()];
    return [...new Set(definitions.flatMap(({ name, deadLetterQueue }) => [name, deadLetterQueue]))];
  }

  async close(): Promise<void> {
    this.state = 'closed';
    this.owner.diedAt ??= Date.now();
    for (const worker of this.workers) worker.end();
  }

  protected createWorker(
    store: InMemoryStore,
    queue: string,
    options: WorkOptions,
    run: (claim: Claim) => Promise<Outcome>,
  ): InMemoryWorker {
    return new InMemoryWorker(store, this.owner, queue, options, run);
  }

  /** Makes it look as if the process had died long ago, if it has. */
  expire(): void {
    if (this.owner.diedAt !== undefined) this.owner.diedAt = -Infinity;
  }

  protected opened(): InMemoryStore {
    if (this.state !== 'open') throw this.toError();
    return this.memory;
  }

  private toError(): StoreUnavailableError {
    return new StoreUnavailableError('memory', 'it is not open');
  }
}
