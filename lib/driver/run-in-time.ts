import type { Clock } from './clock.js';

/** How long work may take. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the work as well, with its reason. */
  readonly signal: AbortSignal | undefined;
  /** What it fails with once its time is over. */
  readonly toError: () => unknown;
}

/**
 * Waits for work until its time is over, and then no longer: its signal is aborted, and what becomes of it is ignored.
 *
 * @throws what the work throws, or why it was not waited for any longer
 */
export function runInTime(
  { clock, timeoutMs, signal, toError }: TimeLimit,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const end = (): void => {
      clock.clearTimer(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const abort = (error: unknown, reason: unknown): void => {
      end();
      // First: work that fails because of its signal does not fail for another reason.
      reject(error);
      controller.abort(reason);
    };
    const onAbort = (): void => abort(signal?.reason, signal?.reason);
    const timer = clock.setTimer(() => {
      const error = toError();
      abort(
        error,
        new DOMException('The time that the work may take is over', { name: 'AbortError', cause: error }),
      );
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort);
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    try {
      Promise.resolve(work(controller.signal)).then(() => {
        end();
        resolve();
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}
