import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describeThrown } from '../../errors/index.js';
import { uuidv7 } from '../../event/uuidv7.js';
import type { StoredData, StoredDelivery, StoredError, StoreOptions } from '../../queue/stored-delivery.js';
import type { EngineCapabilities } from '../../queue/engine-capabilities.js';
import type {
  DeadLetter,
  DeliveryCount,
  Outcome,
  QueueDefinition,
  WorkerCreator,
  WorkOptions,
} from '../../queue/worker-creator.js';
import { type Gate, Gates, waitUntil } from '../conformance/wait-until.js';
import type { SharedStore, TestStore } from './test-store.js';
import { type Script, WorkerLog } from './worker-log.js';

/** How often workers look for what nobody announced, in milliseconds. */
const POLL_MS = 50;
const DEFAULT_PATIENCE_MS = 10_000;

/** What a test has to work with: an open engine, queues of its own, and workers that end with the test. */
export class Bench {
  /** The queue of this test. */
  readonly queue = `q${randomBytes(6).toString('hex')}`;
  readonly deadLetterQueue = `${this.queue}/dead`;
  readonly patienceMs: number;
  private readonly logs: WorkerLog[] = [];
  private readonly gates = new Gates();
  private readonly engines: WorkerCreator[] = [];
  private ownStore: TestStore | undefined;
  private changes: Partial<QueueDefinition> = {};

  constructor(
    readonly engine: WorkerCreator,
    private readonly shared: SharedStore,
    private readonly sharedStore: TestStore,
  ) {
    this.patienceMs = shared.harness.patienceMs ?? DEFAULT_PATIENCE_MS;
  }

  get capabilities(): EngineCapabilities {
    return this.engine.capabilities;
  }

  /** The store of what {@link Bench.another} gives. */
  get testStore(): TestStore {
    return this.ownStore ?? this.sharedStore;
  }

  define(changes: Partial<QueueDefinition> = {}): QueueDefinition {
    return {
      name: this.queue,
      deadLetterQueue: this.deadLetterQueue,
      retries: 0,
      timeoutMs: 60_000,
      heartbeatMs: 10_000,
      keepCompletedSeconds: 3600,
      ...changes,
    };
  }

  /** Opens an engine with a queue. */
  open(
    changes: Partial<QueueDefinition> = {},
    { engine = this.engine, isWorker = true }: { engine?: WorkerCreator; isWorker?: boolean } = {},
  ): Promise<void> {
    if (isWorker && changes.name === undefined) this.changes = changes;
    const store = engine === this.engine ? this.sharedStore : this.testStore;
    return store.open(engine, [this.define(changes)], isWorker);
  }

  /** Another engine on the same store, opened with the queue as it was opened last. */
  async another(changes: Partial<QueueDefinition> | 'unopened' = this.changes): Promise<WorkerCreator> {
    const engine = await this.testStore.create();
    this.engines.push(engine);
    if (changes !== 'unopened') await this.open(changes, { engine });
    return engine;
  }

  /**
   * An engine that the test may close or crash, and others after it on the same store: on the shared one, if
   * that may have several.
   */
  async expendable(changes?: Partial<QueueDefinition> | 'unopened'): Promise<WorkerCreator> {
    if (!this.capabilities.multiProcess) {
      this.ownStore = await this.shared.getExpendable();
    }
    return this.another(changes);
  }

  delivery(
    label: string,
    options: StoreOptions = {},
    data: Partial<StoredData> = {},
    id = uuidv7(),
  ): StoredDelivery {
    const stored = { event: 'order-placed', version: 1, eventId: id, payload: { label }, ...data };
    return { id, data: stored, options };
  }

  /** Stores deliveries in one call: those given by a label have no options. */
  async store(...deliveries: readonly (string | StoredDelivery)[]): Promise<void> {
    await this.engine.store(
      this.queue,
      deliveries.map((one) => (typeof one === 'string' ? this.delivery(one) : one)),
    );
  }

  /** Works the queue until the test ends. */
  async work(
    script: Script = () => {},
    {
      engine = this.engine,
      queue = this.queue,
      ...options
    }: Partial<WorkOptions> & { engine?: WorkerCreator; queue?: string } = {},
  ): Promise<WorkerLog> {
    const log = new WorkerLog(script);
    this.logs.push(log);
    const defaults = {
      concurrency: 10,
      groupConcurrency: undefined,
      rateLimit: undefined,
      pollIntervalMs: POLL_MS,
      runOnce: false,
    };
    log.worker = await engine.work(queue, { ...defaults, ...options }, (claim) => log.run(claim));
    return log;
  }

  /** Something to wait at, until it is opened or the test ends. */
  gate(): Gate {
    return this.gates.create();
  }

  /** Waits until a condition holds; fails with what it waited for if it takes too long. */
  until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    patienceMs = this.patienceMs,
  ): Promise<void> {
    return waitUntil(what, condition, patienceMs, () => {
      const last = this.testStore.errors.at(-1);
      return last === undefined ? '' : `; the last error was: ${describeThrown(last)}`;
    });
  }

  /** Gives workers the time to do what they should not do: for that there is nothing to wait for. */
  async quiet(): Promise<void> {
    await delay(4 * POLL_MS);
  }

  /** The counts of the queue, over all events and listeners. */
  async count(engine = this.engine): Promise<Record<CountName, number>> {
    const total = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
    for (const count of await engine.count([this.queue])) {
      for (const name of COUNT_NAMES) total[name] += count[name];
    }
    return total;
  }

  deadLetters(engine = this.engine): Promise<readonly DeadLetter[]> {
    return engine.listDeadLetters(this.deadLetterQueue, {}, { limit: 100 });
  }

  /** Waits until all that was stored is either completed or a dead letter. */
  async untilDone(done: { completed?: number; failed?: number }, engine = this.engine): Promise<void> {
    const { completed = 0, failed = 0 } = done;
    await this.until(`${completed} are completed and ${failed} are dead letters`, async () => {
      const count = await this.count(engine);
      return (
        count.completed === completed &&
        count.failed === failed &&
        count.ready + count.delayed + count.active === 0
      );
    });
  }

  /** Ends what the test began. */
  async end(): Promise<void> {
    this.gates.openAll();
    const released = Promise.allSettled(this.logs.map((log) => log.release()));
    await Promise.race([released, delay(this.patienceMs, undefined, { ref: false })]);
    await Promise.all(this.engines.map((engine) => this.testStore.close(engine)));
  }
}

type CountName = (typeof COUNT_NAMES)[number];

const COUNT_NAMES = ['ready', 'delayed', 'active', 'completed', 'failed'] as const satisfies readonly Exclude<
  keyof DeliveryCount,
  'queue' | 'event' | 'listener'
>[];

export const ERROR: StoredError = { name: 'MailError', message: 'no connection', code: 'ECONNREFUSED' };

export function failed(delayMs = 0): Outcome {
  return { status: 'failed', error: ERROR, delayMs };
}

export function postponed(delayMs = 0): Outcome {
  return { status: 'postponed', delayMs };
}

export function dead(): Outcome {
  return { status: 'dead', error: ERROR };
}
