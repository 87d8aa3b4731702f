import type { OpenOptions, QueueDefinition, WorkerCreator } from '../../queue/worker-creator.js';
import type { EngineHarness, EngineStore } from './harness.js';

/** A store, and the engines that are open on it. */
export class TestStore {
  readonly errors: unknown[] = [];
  private readonly engines = new Set<WorkerCreator>();

  constructor(readonly store: EngineStore) {}

  async create(): Promise<WorkerCreator> {
    const engine = await this.store.create();
    this.engines.add(engine);
    return engine;
  }

  open(engine: WorkerCreator, queues: readonly QueueDefinition[], isWorker = true): Promise<void> {
    return engine.open(this.toOptions(queues, isWorker));
  }

  /** Closes one engine. */
  async close(engine: WorkerCreator): Promise<void> {
    this.engines.delete(engine);
    await engine.close();
  }

  async crash(engine: WorkerCreator): Promise<void> {
    this.engines.delete(engine);
    await this.store.crash!(engine);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.engines].map((engine) => this.close(engine)));
    await this.store.destroy();
  }

  private toOptions(queues: readonly QueueDefinition[], isWorker: boolean): OpenOptions {
    return {
      queues,
      isWorker,
      strict: false,
      onError: (error) => this.errors.push(error),
      onWarning: () => {},
    };
  }
}

/** The store that the tests of a suite share, and the engine that stays open on it. */
export class SharedStore {
  private opened: Promise<{ store: TestStore; engine: WorkerCreator }> | undefined;
  private expendable: Promise<TestStore> | undefined;
  private readonly attempts = new Map<string, Promise<void>>();

  constructor(readonly harness: EngineHarness) {}

  get(): Promise<{ store: TestStore; engine: WorkerCreator }> {
    return (this.opened ??= this.open());
  }

  /** A store for tests that close or crash its only engine; nothing is open on it between tests. */
  getExpendable(): Promise<TestStore> {
    return (this.expendable ??= this.create());
  }

  /** Tries a thing once for all tests that depend on it. */
  once(things: readonly string[], attempt: () => Promise<void>): Promise<void> {
    const key = things.join();
    const attempted = this.attempts.get(key) ?? attempt();
    this.attempts.set(key, attempted);
    return attempted;
  }

  async end(): Promise<void> {
    const opened = await this.opened?.catch(() => undefined);
    await opened?.store.destroy();
    const expendable = await this.expendable?.catch(() => undefined);
    await expendable?.destroy();
  }

  private async create(): Promise<TestStore> {
    return new TestStore(await this.harness.createStore());
  }

  private async open(): Promise<{ store: TestStore; engine: WorkerCreator }> {
    const store = await this.create();
    return { store, engine: await store.create() };
  }
}
