import {
  callback,
  checkOptions,
  milliseconds,
  objectWith,
  text,
  wholeNumber,
} from '../utils/option-rules.js';
import type { DriverCapabilities } from '../driver/driver.interface.js';
import { WrappingDriver, type WrappingDriverOptions } from '../driver/wrapping-driver.js';
import type { DriverOperations } from '../driver/driver-operations.js';
import { CircuitOpenError, describeThrown, PostponeError } from '../errors/index.js';
import { getLabel } from '../event/event-name.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { getSignal, withoutSignal } from '../event/signalled-event.js';
import { uuidv7 } from '../event/uuidv7.js';
import { BACKOFF_RULES, type BackoffOptions } from './backoff.js';
import { CircuitBreaker, CircuitIsOpen } from './circuit-breaker.js';
import { classifyError, type ErrorClass } from './classify-error.js';
import { createFailedStoreOperations } from './failed-store-operations.js';
import type { FailedStore } from './failed-store.js';
import { InMemoryFailedStore } from './in-memory-failed-store.js';
import { AttemptFailure, type RetryPolicy, runWithRetries } from './retry-policy.js';
import { LineLogger } from '../utils/line-logger.js';

/** @internal Hears of what is given up, and kept. */
export const ON_GIVEN_UP = Symbol('nestjs-event-drivers:on-given-up');

/** When the circuit of a {@link ResilientDriver} opens and closes. */
export interface CircuitBreakerOptions {
  /**
   * It opens after so many deliveries in a row failed with an error classified `'retry'`, in spite of the
   * retries. Other errors say nothing about the health of what the work depends on.
   *
   * @defaultValue 5
   */
  failures?: number;

  /**
   * How long it stays open, in milliseconds. The next delivery after that is a trial: it closes the
   * circuit if it succeeds, and opens it again if not.
   *
   * @defaultValue 30000
   */
  resetAfterMs?: number;
}

/** Options of {@link ResilientDriver}. */
export interface ResilientDriverOptions extends WrappingDriverOptions {
  /**
   * Says what an error calls for.
   *
   * @defaultValue network errors and timeouts `'retry'`, an open circuit `'fail'`, others
   *   `'dead-letter'`
   */
  classify?: (error: unknown) => ErrorClass;

  /** How errors classified `'retry'` are retried; those options of `RetryDriver`, without `retryIf`. */
  retry?: Omit<BackoffOptions, 'retryIf'>;

  /** When to stop trying at all for a while. */
  breaker?: CircuitBreakerOptions;

  /**
   * Where the deliveries that were given up are kept.
   *
   * @defaultValue an `InMemoryFailedStore` of 1000 entries
   */
  failedStore?: FailedStore;
}

const { retryIf: _retryIf, ...RETRY_RULES } = BACKOFF_RULES;

/**
 * Delivers, and knows what to do when that fails: tries again what may pass (network errors,
 * timeouts), keeps what will not in a {@link FailedStore} (`dispatch()` resolves then: the delivery is
 * kept), or rejects where the caller should know. After repeated failures its circuit opens: for a
 * while, deliveries are refused at once with a {@link CircuitOpenError} instead of being attempted.
 */
export class ResilientDriver extends WrappingDriver<ResilientDriverOptions> {
  private readonly logger = new LineLogger(ResilientDriver.name);
  private retryPolicy: RetryPolicy | undefined;
  private breaker = this.createBreaker({});
  private failedStore: FailedStore = new InMemoryFailedStore();

  /** @internal */
  [ON_GIVEN_UP]?: (delivery: IBaseEvent, error: unknown) => void;

  static override validateOptions(options: unknown): readonly string[] {
    const problems = checkOptions(options, {
      classify: callback,
      retry: () => undefined,
      breaker: () => undefined,
      failedStore: objectWith('add', 'list', 'retry', 'purge'),
      driver: text,
    });
    const { retry, breaker } = (options ?? {}) as ResilientDriverOptions;
    return [
      ...problems,
      ...checkOptions(retry, RETRY_RULES, [], 'retry'),
      ...checkOptions(breaker, { failures: wholeNumber(1), resetAfterMs: milliseconds(1) }, [], 'breaker'),
    ];
  }

  /** `dispatch()` resolves though nothing was stored, and the caller would commit. */
  override get capabilities(): DriverCapabilities {
    return this.withdraw('transaction');
  }

  override setOptions(options: ResilientDriverOptions): void {
    super.setOptions(options);
    this.retryPolicy = undefined;
    this.breaker = this.createBreaker(options);
    if (options.failedStore !== undefined) this.failedStore = options.failedStore;
  }

  /** What was given up: list it, retry it, purge it. */
  getFailedStore(): FailedStore {
    return this.failedStore;
  }

  getOperations(): DriverOperations {
    return createFailedStoreOperations(this.getName(), this.failedStore);
  }

  /** `'closed'` lets deliveries through, `'open'` refuses them, `'half-open'` tries one. */
  getCircuitState(): 'closed' | 'open' | 'half-open' {
    return this.breaker.getState();
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    const failure = await this.attempt(event);
    if (failure === undefined) return;
    // Who is to call it again later is the driver that stores it.
    if (PostponeError.isInstance(failure.error)) throw failure.error;
    this.logger.error(`Event execution failed: ${getLabel(event)}: ${describeThrown(failure.error)}`);
    if (this.classify(failure.error) === 'fail') throw failure.error;
    await this.giveUp(event, failure);
  }

  /** Delivers with retries, through the circuit. @returns what failed, if it did */
  private async attempt(event: IBaseEvent): Promise<AttemptFailure | undefined> {
    const policy = (this.retryPolicy ??= this.createRetryPolicy());
    try {
      await this.breaker.execute(
        () => runWithRetries(policy, event, () => this.deliver(event)),
        getSignal(event),
      );
      return undefined;
    } catch (failure) {
      if (failure instanceof AttemptFailure) return failure;
      if (failure instanceof CircuitIsOpen) {
        const error = new CircuitOpenError(this.getName(), event.getName());
        return new AttemptFailure(event, 0, error, false);
      }
      throw failure;
    }
  }

  private async giveUp(event: IBaseEvent, { attempt, error }: AttemptFailure): Promise<void> {
    const delivery = withoutSignal(event);
    await this.failedStore.add(
      {
        id: uuidv7(),
        eventId: event.getId?.(),
        eventName: event.getName(),
        listenerId: event.getListenerId?.(),
        payload: event.getPayload(),
        driverName: this.getName(),
        reason: describeThrown(error),
        error,
        attempts: attempt,
        failedAt: new Date(this.getClock().now()),
      },
      async () => {
        const failure = await this.attempt(delivery);
        if (failure === undefined) return;
        this[ON_GIVEN_UP]?.(delivery, failure.error);
        throw failure.error;
      },
    );
    this[ON_GIVEN_UP]?.(delivery, error);
  }

  private classify(error: unknown): ErrorClass {
    const { classify = classifyError } = this.getOptions() ?? {};
    if (PostponeError.isInstance(error)) return 'fail';
    try {
      return classify(error);
    } catch (thrown) {
      this.logger.error(`classify of driver '${this.getName()}' threw: ${describeThrown(thrown)}`);
      return 'dead-letter';
    }
  }

  private createRetryPolicy(): RetryPolicy {
    return {
      ...this.getOptions()?.retry,
      clock: this.getClock(),
      retryIf: (error) => this.classify(error) === 'retry',
      onRetry: ({ event, attempt, error }) =>
        this.logger.warn(`Attempt ${attempt} failed: ${describeThrown(error)} (event ${getLabel(event)})`),
    };
  }

  /** Only what was worth trying again says something about the health of whatever the work depends on. */
  private createBreaker({ breaker = {} }: ResilientDriverOptions): CircuitBreaker {
    return new CircuitBreaker({
      isFailure: (failure) => failure instanceof AttemptFailure && this.classify(failure.error) === 'retry',
      failures: breaker.failures ?? 5,
      resetAfterMs: breaker.resetAfterMs ?? 30_000,
      getClock: () => this.getClock(),
    });
  }
}
