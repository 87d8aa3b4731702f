import type { IWorkerCreatorConstructor } from './queue-options.js';

/**
 * The few options that every queue is configured with. `QueueDriver` takes them, and more: see
 * `QueueDriverOptions`.
 *
 * @example
 * ```ts
 * const options: IQueableDriverOptions = { retries: 3, runAfterSeconds: 0, workerCreator: PgBossWorkerCreator };
 * EventConfig.createConfigDriver(QueueDriver, options);
 * ```
 */
export interface IQueableDriverOptions {
  /** How often to try again after the first attempt. */
  retries: number;
  /** How long to wait before the first attempt, in seconds. */
  runAfterSeconds: number;
  /** The engine that deliveries are stored in. */
  workerCreator: IWorkerCreatorConstructor;
  /**
   * Whether a delivery is run at most once.
   *
   * @defaultValue false
   */
  runOnce?: boolean;
}
