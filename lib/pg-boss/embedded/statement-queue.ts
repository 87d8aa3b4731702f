import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Runs statements one at a time, in order, with a turn of the event loop after each. PGlite runs on
 * the main thread and settles in microtasks: without the turns, timers and I/O would stand still for
 * as long as there are statements.
 */
export class StatementQueue {
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    private readonly refusal: string,
    /** Is told how long each statement took, before the next one is run. Never rejects. */
    private readonly afterEach: (elapsedMs: number) => Promise<void>,
  ) {}

  /** The result is there at once; the turn of the event loop is what the next statement waits for. */
  run<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error(this.refusal));
    let startedAt = 0;
    const result = this.#last.then(() => {
      startedAt = performance.now();
      return statement();
    });
    const follow = () => this.#follow(performance.now() - startedAt);
    this.#last = result.then(follow, follow);
    return result;
  }

  /** Takes nothing more. Resolves when all it has taken is done. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#last;
  }

  async #follow(elapsedMs: number): Promise<void> {
    await this.afterEach(elapsedMs);
    await nextTurn();
  }
}
