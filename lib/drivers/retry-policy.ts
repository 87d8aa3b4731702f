import type { Clock } from '../driver/clock.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { getSignal } from '../event/signalled-event.js';
import { isVerdict } from './is-verdict.js';
import { type BackoffOptions, DEFAULT_MAX_RETRIES, getBackoffDelay } from './backoff.js';

/** A failed attempt that will be followed by another. */
export interface RetryAttempt {
  readonly event: IBaseEvent;
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** What it threw. */
  readonly error: unknown;
  /** How long until the next one, in milliseconds. */
  readonly delayMs: number;
}

/** How deliveries are tried again. */
export interface RetryPolicy extends BackoffOptions {
  /** The time that waits go by. */
  readonly clock: Clock;
  readonly onRetry: (attempt: RetryAttempt) => void;
}

/** What the last attempt threw, and which one that was. `undefined` is as good an error as any. */
export class AttemptFailure {
  constructor(
    readonly event: IBaseEvent,
    readonly attempt: number,
    readonly error: unknown,
    /** Whether it would be worth another attempt, if there were any left. */
    readonly isRetryable: boolean,
  ) {}
}

/**
 * Delivers an event, and tries again what has failed. Once the signal of the event is aborted, there are no further
 * attempts, nor a wait for one.
 *
 * @throws {@link AttemptFailure} with what the last attempt threw
 */
export async function runWithRetries(
  policy: RetryPolicy,
  event: IBaseEvent,
  deliver: () => Promise<void>,
): Promise<void> {
  const { maxRetries = DEFAULT_MAX_RETRIES, clock, onRetry } = policy;
  const signal = getSignal(event);
  for (let attempt = 1; ; attempt++) {
    try {
      return await deliver();
    } catch (error) {
      const isRetryable = !isVerdict(error) && (policy.retryIf?.(error) ?? true);
      const failure = new AttemptFailure(event, attempt, error, isRetryable);
      if (!isRetryable || attempt >= maxRetries || signal?.aborted) throw failure;
      const delayMs = getBackoffDelay(attempt, policy);
      onRetry({ event, attempt, error, delayMs });
      await clock.sleep(delayMs, signal);
      if (signal?.aborted) throw failure;
    }
  }
}
