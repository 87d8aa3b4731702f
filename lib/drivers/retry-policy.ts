import { DelegateBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel';
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

/**
 * Carries what an attempt threw through the policy: with the attempt it belongs to, and so that
 * `undefined` is as good an error as any.
 */
export class AttemptFailure {
  /** Whether it is worth another attempt, if there are any left. */
  isRetryable = false;

  /** How long to wait before the next attempt, in milliseconds. */
  delayMs = 0;

  constructor(
    readonly event: IBaseEvent,
    readonly attempt: number,
    readonly error: unknown,
  ) {}
}

/**
 * A retry policy that is shared by all deliveries of a driver, for {@link runWithRetries}.
 */
export function createRetryPolicy(
  options: BackoffOptions,
  onRetry: (attempt: RetryAttempt) => void,
): RetryPolicy {
  const isRetryable = ({ error }: AttemptFailure): boolean =>
    !isVerdict(error) && (options.retryIf?.(error) ?? true);
  return retry(
    handleWhen(
      (failure) => failure instanceof AttemptFailure && (failure.isRetryable = isRetryable(failure)),
    ),
    {
      maxAttempts: (options.maxRetries ?? DEFAULT_MAX_RETRIES) - 1,
      backoff: new DelegateBackoff(({ result }) => {
        const failure = (result as { error: unknown }).error as AttemptFailure;
        const { event, attempt, error } = failure;
        failure.delayMs = getBackoffDelay(attempt, options);
        onRetry({ event, attempt, error, delayMs: failure.delayMs });
        // The wait is that of runWithRetries(): the policy's own goes on when nobody waits any more.
        return 0;
      }),
    },
  );
}

/**
 * Delivers an event with a policy of {@link createRetryPolicy}. Once the signal of the event is aborted,
 * there are no further attempts, nor a wait for one.
 *
 * @throws {@link AttemptFailure} with what the last attempt threw
 */
export async function runWithRetries(
  policy: RetryPolicy,
  event: IBaseEvent,
  clock: Clock,
  deliver: () => Promise<void>,
): Promise<void> {
  const signal = getSignal(event);
  let failure: AttemptFailure | undefined;
  await policy.execute(async ({ attempt }) => {
    if (failure !== undefined) {
      await clock.sleep(failure.delayMs, signal);
      if (signal?.aborted) throw failure;
    }
    try {
      await deliver();
    } catch (error) {
      failure = new AttemptFailure(event, attempt + 1, error);
      throw failure;
    }
  }, signal);
}
