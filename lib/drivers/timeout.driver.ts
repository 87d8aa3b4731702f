import { anyOf, checkOptions, milliseconds, oneOf, text, wholeNumber } from '../utils/option-rules.js';
import type { DriverCapabilities } from '../driver/driver.interface.js';
import { runInTime } from '../driver/run-in-time.js';
import { WrappingDriver, type WrappingDriverOptions } from '../driver/wrapping-driver.js';
import { EventTimeoutError, InvalidOptionsError } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { getSignal, SignalledEvent } from '../event/signalled-event.js';
import { ConcurrencyLimiter } from './concurrency-limiter.js';

/** Options of {@link TimeoutDriver}. */
export interface TimeoutDriverOptions extends WrappingDriverOptions {
  /** How long a delivery may take, in milliseconds, from when it begins to run. */
  timeout: number;

  /**
   * How many deliveries run at a time; the others wait, first come first served, and their time does
   * not run yet.
   *
   * @defaultValue Infinity
   */
  maxConcurrency?: number;
}

/**
 * Gives up on a delivery that takes too long: `dispatch()` rejects with an {@link EventTimeoutError},
 * and the `AbortSignal` that the listener (its second argument) or the event (the argument of
 * `execute()`) was given is aborted, so that it can stop as well. Work that ignores the signal goes on;
 * what becomes of it is ignored.
 */
export class TimeoutDriver extends WrappingDriver<TimeoutDriverOptions> {
  private limiter: ConcurrencyLimiter | undefined;

  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(
      options,
      {
        timeout: milliseconds(1),
        maxConcurrency: anyOf('a whole number from 1, or Infinity', wholeNumber(1), oneOf(Infinity)),
        driver: text,
      },
      ['timeout'],
    );
  }

  /** What takes too long goes on, and may store when the transaction is over. */
  override get capabilities(): DriverCapabilities {
    return this.withdraw('transaction');
  }

  override setOptions(options: TimeoutDriverOptions): void {
    super.setOptions(options);
    const { maxConcurrency = Infinity } = options;
    this.limiter = maxConcurrency === Infinity ? undefined : new ConcurrencyLimiter(maxConcurrency);
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await this.limit(event, (signal) => this.deliver(new SignalledEvent(event, signal)));
  }

  /** All of them have the time that one has. */
  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    await this.limit(first, (signal) =>
      this.deliverMany(events.map((event) => new SignalledEvent(event, signal))),
    );
  }

  private async limit(event: IBaseEvent, deliver: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const timeoutMs = this.getOptions()?.timeout;
    if (timeoutMs === undefined) {
      throw new InvalidOptionsError('Timeout driver options not configured', [
        'call setOptions({ timeout: <milliseconds> }) before dispatch()',
      ]);
    }
    const limit = {
      clock: this.getClock(),
      timeoutMs,
      signal: getSignal(event),
      toError: () => new EventTimeoutError(event.getName(), timeoutMs),
    };
    if (this.limiter === undefined) await runInTime(limit, deliver);
    else await this.limiter.run(() => runInTime(limit, deliver));
  }
}
