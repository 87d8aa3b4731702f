import type { DriverHost } from '../driver/driver.interface.js';
import type { DeliveryRunner } from './delivery-runner.js';
import { toStoreName } from './queue-names.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import type { QueueWorker, WorkerCreator } from './worker-creator.js';
import { LineLogger } from '../utils/line-logger.js';

/** Shutdown hooks may be enabled after the application has started. */
const HOOKS_CHECK_MS = 2000;

/** The working end of those queues of a driver that this process works. */
export class QueueWorkers {
  private workers: readonly QueueWorker[] = [];
  private draining: Promise<void> | undefined;
  private hooksCheck: NodeJS.Timeout | undefined;
  /** Their names in the store. */
  private readonly worked: readonly string[];

  constructor(
    driverName: string,
    queues: readonly string[],
    private readonly host: DriverHost,
  ) {
    this.worked = queues
      .filter((queue) => isWorked(host.workers, driverName, queue))
      .map((queue) => toStoreName(driverName, queue));
  }

  get isNeeded(): boolean {
    return this.worked.length > 0;
  }

  async start(engine: WorkerCreator, options: ResolvedQueueOptions, runner: DeliveryRunner): Promise<void> {
    if (!this.isNeeded) return;
    const { concurrency, groupConcurrency, rateLimit, pollIntervalMs, runOnce } = options;
    this.workers = await Promise.all(
      this.worked.map((name) =>
        engine.work(name, { concurrency, groupConcurrency, rateLimit, pollIntervalMs, runOnce }, (claim) =>
          runner.run(claim),
        ),
      ),
    );
    this.hooksCheck = this.host.share('shutdown hooks', () =>
      setTimeout(checkShutdownHooks, HOOKS_CHECK_MS).unref(),
    );
  }

  /** Takes nothing more from the store, and waits for what was taken. */
  drain(): Promise<void> {
    clearTimeout(this.hooksCheck);
    return (this.draining ??= Promise.all(this.workers.map((worker) => worker.stop())).then(() => undefined));
  }

  /** Gives back what is still running. */
  async release(): Promise<void> {
    await Promise.allSettled(this.workers.map((worker) => worker.release()));
  }
}

function isWorked(workers: DriverHost['workers'], driver: string, queue: string): boolean {
  if (typeof workers === 'boolean') return workers;
  return workers.some((name) => name === queue || name === driver || name === `${driver}.${queue}`);
}

/** Nest closes an application at a signal only if it is told to; those who forget it learn that from lost time. */
function checkShutdownHooks(): void {
  if (process.listenerCount('SIGTERM') > 0) return;
  new LineLogger('QueueDriver').warn(
    `Nothing listens to SIGTERM: at a deployment, deliveries that are running are cut off, and run again only ` +
      `after the heartbeat. Call app.enableShutdownHooks().`,
  );
}
