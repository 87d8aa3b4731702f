import { DelegateBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel';
import { UnrecoverableError } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { type BackoffOptions, DEFAULT_MAX_RETRIES, getBackoffDelay } from './backoff.js';
import { isThrown } from './thrown.js';

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

/**
 * Carries what an attempt threw through the policy: with the attempt it belongs to, and so that
 * `undefined` is as good an error as any.
 */
export class AttemptFailure {
  constructor(
    readonly event: IBaseEvent,
    readonly attempt: number,
    readonly error: unknown,
  ) {}
}

/**
 * A retry policy that is shared by all deliveries of a driver. What it executes must throw
 * {@link AttemptFailure}.
 */
export function createRetryPolicy(
  options: BackoffOptions,
  onRetry: (attempt: RetryAttempt) => void,
): RetryPolicy {
  const isRetryable = ({ error }: AttemptFailure): boolean =>
    !isThrown(error, (thrown) => UnrecoverableError.isInstance(thrown)) && (options.retryIf?.(error) ?? true);
  return retry(
    handleWhen((failure) => failure instanceof AttemptFailure && isRetryable(failure)),
    {
      maxAttempts: (options.maxRetries ?? DEFAULT_MAX_RETRIES) - 1,
      backoff: new DelegateBackoff(({ result }) => {
        const { event, attempt, error } = (result as { error: unknown }).error as AttemptFailure;
        const delayMs = getBackoffDelay(attempt, options);
        onRetry({ event, attempt, error, delayMs });
        return delayMs;
      }),
    },
  );
}

/** Runs one attempt for {@link createRetryPolicy}; `attempt` counts from 0, as the policy does. */
export async function runAttempt(
  event: IBaseEvent,
  attempt: number,
  deliver: () => Promise<void>,
): Promise<void> {
  try {
    await deliver();
  } catch (error) {
    throw new AttemptFailure(event, attempt + 1, error);
  }
}
