import { DeliveryAbortedError, StoreUnavailableError, UnrecoverableError } from '../../errors/index.js';
import { CUT_SHORT, toStoredError } from '../../queue/payload/stored-error.js';
import type {
  Claim,
  DeliveryTransaction,
  Outcome,
  QueueWorker,
  WorkOptions,
} from '../../queue/worker-creator.js';
import type { InMemoryStore } from './in-memory.store.js';
import { InMemoryTransaction } from './in-memory.transaction.js';
import { copyJson, type Job, type Owner, type Run } from './job.js';
import type { LoopWorker } from './work-loop.js';

/** Where nothing has to be waited for, more than this many in a row would go on for ever. */
const MAX_POSTPONEMENTS = 100;

/** What a worker works with. */
export interface WorkerParts {
  readonly store: InMemoryStore;
  readonly owner: Owner;
  readonly queue: string;
  readonly options: WorkOptions;
  readonly run: (claim: Claim) => Promise<Outcome>;
  readonly isTransactional: boolean;
  readonly onError: (error: unknown) => void;
}

/** A delivery in hand. */
interface Held {
  readonly job: Job;
  readonly run: Run;
  readonly controller: AbortController;
  /** What became of it, once it has come to its end. */
  outcome: Outcome | undefined;
}

/** Works a queue of a store in memory. */
export class InMemoryWorker implements QueueWorker, LoopWorker {
  private readonly held = new Set<Held>();
  private running = 0;
  private readonly idle: (() => void)[] = [];

  constructor(readonly parts: WorkerParts) {
    parts.store.loop.add(this);
  }

  get isBusy(): boolean {
    return this.running > 0;
  }

  pump(): void {
    const { store, owner, queue, options } = this.parts;
    if (!owner.isCutOff) store.recover(queue);
    while (!owner.isCutOff && this.hasRoom(this.running)) {
      const job = store.claim(queue, options, owner);
      if (job?.run === undefined) return;
      void this.process({ job, run: job.run, controller: new AbortController(), outcome: undefined });
    }
  }

  getNextDue(): number | undefined {
    const { store, owner, queue, options } = this.parts;
    if (owner.isCutOff || owner.isInstant || store.isPaused(queue, owner)) return undefined;
    return store.getNextDue(queue, options, owner);
  }

  hasRoom(running: number): boolean {
    return running < this.parts.options.concurrency;
  }

  async stop(): Promise<void> {
    this.end();
    if (this.held.size > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  async release(): Promise<void> {
    this.end();
    const held = this.letGo('shutdown', 'The application is shutting down.');
    // What cannot be given back is found when its heartbeat has run out.
    if (!this.parts.owner.isCutOff) for (const one of held) this.giveBack(one);
  }

  /** Ends as a process does that dies: what it has in hand is left as it is. */
  abandon(): void {
    this.end();
    this.letGo('shutdown', 'The connection to the store was closed.');
  }

  /** Records what has come to its end while the store could not be reached, and lets go of what others have. */
  catchUp(): void {
    for (const held of this.held) {
      if (held.job.run !== held.run) this.lose(held);
      else if (held.outcome !== undefined) this.record(held, held.outcome);
    }
  }

  giveBack({ job, run }: Held): void {
    const { store, options } = this.parts;
    store.settle(
      job,
      run,
      options.runOnce ? { status: 'dead', error: CUT_SHORT } : { status: 'postponed', delayMs: 0 },
    );
  }

  async runInTransaction(
    held: Held,
    work: (transaction: DeliveryTransaction) => Promise<void>,
  ): Promise<void> {
    const { store, owner } = this.parts;
    const transaction = new InMemoryTransaction();
    await work(transaction.toDeliveryTransaction(store));
    if (this.held.has(held) && owner.isCutOff) {
      throw new StoreUnavailableError(store.name, 'the connection was lost before the commit');
    }
    if (!this.held.has(held) || !store.settle(held.job, held.run, { status: 'completed' })) {
      throw new DeliveryAbortedError('lost', 'The delivery was given to another worker meanwhile.');
    }
    transaction.commit();
  }

  /** Takes nothing more. */
  protected end(): void {
    this.parts.store.loop.delete(this);
  }

  private async process(held: Held): Promise<void> {
    this.held.add(held);
    this.running++;
    const outcome = await this.runSafely(this.toClaim(held));
    this.running--;
    held.outcome = this.limit(outcome, held.job);
    if (this.held.has(held) && !this.parts.owner.isCutOff) this.record(held, held.outcome);
    this.parts.store.announce();
  }

  /** It must not be in hand for ever, whatever whoever runs it does. */
  private async runSafely(claim: Claim): Promise<Outcome> {
    try {
      return await this.parts.run(claim);
    } catch (error) {
      this.parts.onError(error);
      return { status: 'failed', error: toStoredError(error), delayMs: 0 };
    }
  }

  private limit(outcome: Outcome, job: Job): Outcome {
    if (outcome.status !== 'postponed') return outcome;
    const { id, queue } = job;
    if (++job.postponements < MAX_POSTPONEMENTS || !this.parts.owner.isInstant) return outcome;
    const error = new UnrecoverableError(
      `Delivery ${id} of queue '${queue}' was postponed ${MAX_POSTPONEMENTS} times in a row. Time does not matter to ` +
        `this store (isInstant), so what waits for a time never sees it come: test it with a clock that is moved.`,
    );
    this.parts.onError(error);
    return { status: 'dead', error: toStoredError(error) };
  }

  private record(held: Held, outcome: Outcome): void {
    this.held.delete(held);
    // A run whose signal was aborted is none of ours by now; any other was completed in its own transaction.
    if (outcome.status !== 'settled') this.parts.store.settle(held.job, held.run, outcome);
    this.checkIdle();
  }

  private lose(held: Held): void {
    this.held.delete(held);
    const message = `Delivery ${held.job.id} was given to another worker: this process gave no sign of life in time.`;
    held.controller.abort(new DeliveryAbortedError('lost', message));
    this.checkIdle();
  }

  private letGo(why: 'shutdown', message: string): Held[] {
    const held = [...this.held];
    this.held.clear();
    for (const { controller } of held) controller.abort(new DeliveryAbortedError(why, message));
    this.checkIdle();
    return held;
  }

  private checkIdle(): void {
    if (this.held.size === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private toClaim(held: Held): Claim {
    const { id, queue, attempt, maxAttempts, delivery } = held.job;
    return {
      id,
      queue,
      data: copyJson(delivery.data),
      attempt,
      maxAttempts,
      timeoutMs: delivery.options.timeoutMs,
      signal: held.controller.signal,
      ...(this.parts.isTransactional && {
        runInTransaction: (work: Parameters<NonNullable<Claim['runInTransaction']>>[0]) =>
          this.runInTransaction(held, work),
      }),
    };
  }
}
