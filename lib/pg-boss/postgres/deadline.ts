/** The moment until which several steps must be done together. */
export class Deadline {
  private readonly at: number;

  constructor(readonly timeoutMs: number) {
    this.at = performance.now() + timeoutMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.at - performance.now());
  }

  /**
   * Waits for a step, but not beyond the deadline (nor longer than `limitMs`): then it rejects with
   * what `onTimeout` makes, and what becomes of the step is of no interest any more.
   */
  async wait<T>(step: Promise<T>, onTimeout: () => Error, limitMs = Infinity): Promise<T> {
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(onTimeout()), Math.min(limitMs, this.remainingMs));
    try {
      return await Promise.race([step, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
