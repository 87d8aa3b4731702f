import { anyOf, callback, checkOptions, flag, oneOf, text, wholeNumber } from '../utils/option-rules.js';
import { WrappingDriver, type WrappingDriverOptions } from '../driver/wrapping-driver.js';
import type { DriverCapabilities } from '../driver/driver.interface.js';
import { describeThrown, DriverClosedError, QueueFullError } from '../errors/index.js';
import { getLabel } from '../event/event-name.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { callSafely } from './call-safely.js';
import { ConcurrencyLimiter, LimitReached } from './concurrency-limiter.js';
import { getStack } from '../errors/thrown.js';
import { Bag } from '../utils/bag.js';
import { LineLogger } from '../utils/line-logger.js';

/** Options of {@link AsyncDriver}. */
export interface AsyncDriverOptions extends WrappingDriverOptions {
  /**
   * How many deliveries run at a time; the others wait, first come first served.
   *
   * @defaultValue 5
   */
  maxConcurrency?: number;

  /**
   * How many deliveries may wait. One more is refused with a `QueueFullError`.
   *
   * @defaultValue Infinity
   */
  maxQueueSize?: number;

  /**
   * Whether `dispatch()` resolves as soon as the delivery is accepted, rather than when it is done. A
   * failure is then logged, counted, and given to `onError`.
   *
   * @defaultValue false
   */
  background?: boolean;

  /** Called when a delivery in the background failed. What it throws is logged. */
  onError?: (error: unknown, event: IBaseEvent) => void;
}

const DEFAULT_MAX_CONCURRENCY = 5;

/**
 * Runs so many deliveries at a time, in this process, and lets the others wait; optionally in the
 * background. A shutdown waits for all of them.
 *
 * What waits is in memory only: it survives a shutdown that has time to drain it, and no crash. Where
 * a listener dispatches to the driver that runs it, and awaits that, it lends its own slot: there is
 * no deadlock at `maxConcurrency: 1`.
 */
export class AsyncDriver extends WrappingDriver<AsyncDriverOptions> {
  private readonly logger = new LineLogger(AsyncDriver.name);
  private readonly pending = new Bag<IBaseEvent>();
  private drained: PromiseWithResolvers<void> | undefined;
  private limiter: ConcurrencyLimiter | undefined;
  private isClosed = false;
  private failures = 0;

  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, {
      maxConcurrency: wholeNumber(1),
      maxQueueSize: anyOf('a whole number from 0, or Infinity', wholeNumber(0), oneOf(Infinity)),
      background: flag,
      onError: callback,
      driver: text,
    });
  }

  override get capabilities(): DriverCapabilities {
    if (this.getOptions()?.background !== true) return { ...super.capabilities, concurrent: true };
    // When it stores, `dispatch()` has resolved, and the transaction that it was to take part in may be over.
    return { ...this.withdraw('transaction'), durable: false, background: true, concurrent: true };
  }

  override setOptions(options: AsyncDriverOptions): void {
    super.setOptions(options);
    this.limiter = undefined;
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.getOptions()?.background === true ? this.accept(event) : this.run(event);
  }

  /** How many deliveries in the background have failed. */
  getFailureCount(): number {
    return this.failures;
  }

  getPending(): readonly IBaseEvent[] {
    return this.pending.toArray();
  }

  drain(): Promise<void> {
    if (this.pending.size === 0) return Promise.resolve();
    return (this.drained ??= Promise.withResolvers<void>()).promise;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.drain();
  }

  private async run(event: IBaseEvent): Promise<void> {
    await this.track(event, this.start(event, true));
  }

  private async accept(event: IBaseEvent): Promise<void> {
    if (this.isClosed) throw new DriverClosedError(this.getName());
    const run = this.start(event, false);
    void this.track(
      event,
      run.catch((error: unknown) => this.reportFailure(error, event)),
    );
  }

  private async track(event: IBaseEvent, run: Promise<void>): Promise<void> {
    const accepted = this.pending.add(event);
    try {
      await run;
    } finally {
      this.pending.delete(accepted);
      if (this.pending.size === 0) {
        this.drained?.resolve();
        this.drained = undefined;
      }
    }
  }

  private start(event: IBaseEvent, isAwaited: boolean): Promise<void> {
    const { maxConcurrency = DEFAULT_MAX_CONCURRENCY, maxQueueSize = Infinity } = this.getOptions() ?? {};
    this.limiter ??= new ConcurrencyLimiter(maxConcurrency, maxQueueSize);
    try {
      return this.limiter.run(() => this.deliver(event), isAwaited);
    } catch (error) {
      throw error instanceof LimitReached
        ? new QueueFullError(this.getName(), maxQueueSize, maxConcurrency)
        : error;
    }
  }

  private reportFailure(error: unknown, event: IBaseEvent): void {
    this.failures++;
    this.logger.error(
      `Failed in the background: ${getLabel(event)}: ${describeThrown(error)}`,
      getStack(error),
    );
    void callSafely(
      () => this.getOptions()?.onError?.(error, event),
      (thrown) => this.logger.error(`onError of driver '${this.getName()}' threw: ${describeThrown(thrown)}`),
    );
  }
}
