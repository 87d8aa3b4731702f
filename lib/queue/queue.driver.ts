import type { DriverCapabilities, DriverHost } from '../driver/driver.interface.js';
import type { DriverOperations } from '../driver/driver-operations.js';
import { WrappingDriver } from '../driver/wrapping-driver.js';
import {
  DriverClosedError,
  EventDriverException,
  InvalidEventConfigError,
  InvalidOptionsError,
} from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { getCurrentTransaction } from './current-transaction.js';
import type { OpenQueues } from './open-queues.js';
import {
  type QueueDriverOptions,
  type ResolvedQueueOptions,
  resolveQueueOptions,
  validateQueueOptions,
} from './queue-options.js';
import { findUnsupportedOptions, getQueueOptionNames } from './queue-capabilities.js';
import { checkQueueName, toDeadLetterQueue, toStoreName } from './queue-names.js';
import { QueueWorkers } from './queue-workers.js';
import { announceWork, shareEngine } from './share-engine.js';
import { waitAtMost } from '../utils/wait-at-most.js';
import type { QueueDefinition, WorkerCreator } from './worker-creator.js';

/** What a shutdown whose time is over still has to hand back deliveries, and then to close connections. */
const CLOSE_DEADLINE_MS = 400;

/** @internal */
export const REPLACE_ENGINE = Symbol('nestjs-event-drivers:replace-engine');

/**
 * Stores deliveries in a durable queue, and makes them from there, in this process or another: with retries,
 * delays and dead letters, and in spite of crashes. `dispatch()` resolves once the delivery is stored.
 *
 * The engine behind it is the option `workerCreator`.
 *
 * @example
 * ```ts
 * EventConfig.createConfigDriver(QueueDriver, {
 *   workerCreator: PgBossWorkerCreator.forRoot({ connection: process.env.DATABASE_URL }),
 *   retries: 5,
 * });
 * ```
 */
export class QueueDriver extends WrappingDriver<QueueDriverOptions> {
  private host: DriverHost | undefined;
  private resolved: ResolvedQueueOptions | undefined;
  private engine: WorkerCreator | undefined;
  /** As the application calls them. */
  private queues: readonly string[] = [];
  private workers: QueueWorkers | undefined;
  private opening: Promise<OpenQueues> | undefined;
  private opened: OpenQueues | undefined;
  private isClosed = false;

  static override validateOptions(options: unknown): readonly string[] {
    return validateQueueOptions(options);
  }

  override get capabilities(): DriverCapabilities {
    const options = getQueueOptionNames(this.getEngine().capabilities, this.getOptions());
    return { durable: true, concurrent: true, options };
  }

  /** The engine that stores its deliveries. */
  getEngine(): WorkerCreator {
    if (this.engine === undefined) {
      const source = this.getOptions()?.workerCreator;
      if (source === undefined) {
        throw new InvalidOptionsError(`Options of ${this.getName()}`, [
          'workerCreator is missing; it must be an engine, such as PgBossWorkerCreator',
        ]);
      }
      this.engine = typeof source === 'function' ? new source() : source;
    }
    return this.engine;
  }

  /** @internal Before the application is put together, a test may have another engine in its place. */
  [REPLACE_ENGINE](replace: (engine: WorkerCreator) => WorkerCreator): void {
    this.engine = replace(this.getEngine());
  }

  /** The names that its queues have in the store. */
  getQueues(): readonly string[] {
    return this.queues.map((name) => toStoreName(this.getName(), name));
  }

  /** The name of the queue that what was given up goes to. */
  getDeadLetterQueue(): string {
    return toDeadLetterQueue(this.getName());
  }

  getTransaction(): unknown {
    const engine = this.getEngine();
    if (!engine.capabilities.transactions) return undefined;
    return getCurrentTransaction(engine.getStoreName()) ?? engine.getAmbientTransaction();
  }

  getOperations(): DriverOperations | undefined {
    return this.opened?.operations;
  }

  attach(host: DriverHost): void {
    this.host = host;
    const driver = this.getName();
    const problem = checkQueueName(driver);
    if (problem !== undefined) {
      throw new InvalidEventConfigError([`driver '${driver}' has queues: ${problem}`]);
    }
    this.resolved = resolveQueueOptions(this.getOptions()!);
    const names = [...new Set(['default', ...this.resolved.queues, ...host.getQueueNames()])];
    const problems = names.map(checkQueueName).filter((found) => found !== undefined);
    if (problems.length > 0) throw new InvalidEventConfigError(problems);
    const queues = names.map((name) => toStoreName(driver, name));
    this.engine = shareEngine(host, { driver, engine: this.getEngine(), queues });
    this.queues = names;
    this.workers = new QueueWorkers(driver, names, host);
    if (!this.workers.isNeeded) return;
    const unsupported = findUnsupportedOptions(driver, this.resolved, this.engine);
    if (unsupported.length > 0) throw new InvalidEventConfigError(unsupported);
    announceWork(host, this.engine);
  }

  async open(): Promise<void> {
    this.opened = await this.ready();
  }

  async work(): Promise<void> {
    const { runner } = await this.ready();
    await this.workers!.start(this.engine!, this.resolved!, runner);
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.dispatchMany([event]);
  }

  dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    if (this.isClosed) return Promise.reject(new DriverClosedError(this.getName()));
    return this.opened === undefined
      ? this.ready().then((opened) => opened.store(events))
      : this.opened.store(events);
  }

  /** Takes nothing more from the store, and waits for what was taken, and for what waits to be stored. */
  async drain(): Promise<void> {
    await this.workers?.drain();
    const opened = await this.opening?.catch(() => undefined);
    await opened?.flush();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.opening === undefined) return;
    void this.drain();
    const opened = await this.opening.catch(() => undefined);
    await waitAtMost(CLOSE_DEADLINE_MS, Promise.all([this.workers!.release(), opened?.flush()]));
    if (opened === undefined) return;
    opened.abandon(new DriverClosedError(this.getName()));
    await waitAtMost(CLOSE_DEADLINE_MS, opened.close());
  }

  private async ready(): Promise<OpenQueues> {
    if (this.host === undefined) {
      throw new EventDriverException(
        `QueueDriver '${this.getName()}' is not part of an application: it needs EventsModule to find the events ` +
          `and listeners that it delivers to.`,
        this.getName(),
        [],
      );
    }
    this.opening ??= this.openStore(this.host).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async openStore(host: DriverHost): Promise<OpenQueues> {
    const { OpenQueues } = await import('./open-queues.js');
    return OpenQueues.open({
      driver: this,
      host,
      engine: this.engine!,
      clock: this.getClock(),
      options: this.resolved!,
      names: this.queues,
      definitions: this.getQueues().map((name) => this.define(name)),
      isWorker: this.workers!.isNeeded,
      deliver: (event) => this.deliver(event),
    });
  }

  private define(name: string): QueueDefinition {
    const { retries, timeoutMs, heartbeatMs, keepCompletedSeconds } = this.resolved!;
    return {
      name,
      deadLetterQueue: this.getDeadLetterQueue(),
      retries,
      timeoutMs,
      heartbeatMs,
      keepCompletedSeconds,
    };
  }
}
