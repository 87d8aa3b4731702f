import { callback, checkOptions, text } from '../utils/option-rules.js';
import type { DriverCapabilities } from '../driver/driver.interface.js';
import { WrappingDriver, type WrappingDriverOptions } from '../driver/wrapping-driver.js';
import { describeThrown, RetryExhaustedError } from '../errors/index.js';
import { getLabel } from '../event/event-name.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { BACKOFF_RULES, type BackoffOptions, DEFAULT_MAX_RETRIES } from './backoff.js';
import { callSafely } from './call-safely.js';
import { AttemptFailure, type RetryAttempt, type RetryPolicy, runWithRetries } from './retry-policy.js';
import { LineLogger } from '../utils/line-logger.js';

/** Options of {@link RetryDriver}. */
export interface RetryDriverOptions extends WrappingDriverOptions, BackoffOptions {
  /** Called when an attempt failed and another will follow. What it throws is logged. */
  onRetry?: (attempt: RetryAttempt) => void;
}

/**
 * Tries again what failed, in this process, and waits in between; `dispatch()` takes as long as all
 * of it does.
 *
 * It rejects with a {@link RetryExhaustedError} whose `cause` is the last error, once `maxRetries`
 * attempts have failed. An error that is not worth another attempt (an `UnrecoverableError`, a
 * `PostponeError`, or one that `retryIf` declines) is passed on as it is, at once.
 */
export class RetryDriver extends WrappingDriver<RetryDriverOptions> {
  private readonly logger = new LineLogger(RetryDriver.name);
  private policy: RetryPolicy | undefined;

  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, { ...BACKOFF_RULES, onRetry: callback, driver: text });
  }

  /** What failed has aborted the transaction; it takes no other attempt. */
  override get capabilities(): DriverCapabilities {
    return this.withdraw('transaction');
  }

  override setOptions(options: RetryDriverOptions): void {
    super.setOptions(options);
    this.policy = undefined;
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.retry(event, () => this.deliver(event));
  }

  /** All of them are tried again together; what is reported names the first. */
  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    const [first] = events;
    if (first !== undefined) await this.retry(first, () => this.deliverMany(events));
  }

  private async retry(event: IBaseEvent, deliver: () => Promise<void>): Promise<void> {
    const policy = (this.policy ??= {
      ...this.getOptions(),
      clock: this.getClock(),
      retryIf: (error) => this.shouldRetry(error),
      onRetry: (attempt) => this.reportRetry(attempt),
    });
    try {
      await runWithRetries(policy, event, deliver);
    } catch (failure) {
      throw failure instanceof AttemptFailure ? this.toError(failure) : failure;
    }
  }

  private toError({ event, attempt, error, isRetryable }: AttemptFailure): unknown {
    const { maxRetries = DEFAULT_MAX_RETRIES } = this.getOptions() ?? {};
    const isExhausted = isRetryable && attempt >= maxRetries;
    return isExhausted ? new RetryExhaustedError(event.getName(), attempt, error) : error;
  }

  private shouldRetry(error: unknown): boolean {
    try {
      return this.getOptions()?.retryIf?.(error) ?? true;
    } catch (thrown) {
      this.logger.error(`retryIf of driver '${this.getName()}' threw: ${describeThrown(thrown)}`);
      return false;
    }
  }

  private reportRetry(attempt: RetryAttempt): void {
    this.logger.warn(
      `Attempt ${attempt.attempt} failed: ${describeThrown(attempt.error)} ` +
        `(event ${getLabel(attempt.event)}, next attempt in ${Math.round(attempt.delayMs)} ms)`,
    );
    void callSafely(
      () => this.getOptions()?.onRetry?.(attempt),
      (thrown) => this.logger.error(`onRetry of driver '${this.getName()}' threw: ${describeThrown(thrown)}`),
    );
  }
}
