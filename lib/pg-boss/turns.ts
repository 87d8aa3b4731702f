import { PostponeError } from '../errors/index.js';

/** How long to wait for a turn at most; it must be less than what pg-boss waits beyond the time limit of a job. */
const MAX_WAIT_MS = 30_000;

/** When to try again after that, in milliseconds. */
const AGAIN_MS = 1000;

/** Lets so many things be done at a time, and the others wait: first come, first served. */
export class Turns {
  private readonly waiting = new Set<() => void>();

  constructor(
    private free: number,
    private readonly maxWaitMs = MAX_WAIT_MS,
  ) {}

  /** Whether whoever comes now would have to wait. */
  get areTaken(): boolean {
    return this.free === 0;
  }

  /**
   * Does a thing when its turn has come.
   *
   * @param signal ends the waiting, with its reason
   * @throws {@link PostponeError} if there was no turn for long: it shall be done later, or elsewhere
   */
  async run<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.free > 0) this.free--;
    else await this.wait(signal);
    try {
      return await action();
    } finally {
      this.release();
    }
  }

  private async wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (reason: unknown): void => {
      this.waiting.delete(resolve);
      reject(reason);
    };
    const onAbort = (): void => leave(signal.reason);
    const timer = setTimeout(() => leave(new PostponeError(AGAIN_MS)), this.maxWaitMs);
    signal.addEventListener('abort', onAbort);
    this.waiting.add(resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Hands the turn to whoever waits longest. */
  private release(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.free++;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
