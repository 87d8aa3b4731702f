import type { Clock } from '../driver/clock.js';

/** Refused: the circuit is open. */
export class CircuitIsOpen extends Error {}

type State =
  | { readonly name: 'closed' }
  | { readonly name: 'open'; readonly until: number }
  | { readonly name: 'half-open'; readonly trial: Promise<void> };

const CLOSED: State = { name: 'closed' };

/** When a {@link CircuitBreaker} opens and closes. */
export interface CircuitBreakerRules {
  /** Whether an error says something about the health of what the work depends on. */
  readonly isFailure: (error: unknown) => boolean;
  /** It opens after so many failures in a row. */
  readonly failures: number;
  readonly resetAfterMs: number;
  /** Asked at every use: a clock is set after a driver has its options. */
  readonly getClock: () => Clock;
}

/** Runs work until that has failed repeatedly, and then refuses it for a while. */
export class CircuitBreaker {
  private state: State = CLOSED;
  private failuresInRow = 0;

  constructor(private readonly rules: CircuitBreakerRules) {}

  getState(): State['name'] {
    return this.state.name;
  }

  /**
   * @param signal of who may no longer want the work once a trial, which it waited for, is over
   * @throws {@link CircuitIsOpen}, or what the work throws
   */
  async execute(work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const { state } = this;
    if (state.name === 'closed') return this.run(work, false);
    if (state.name === 'half-open') {
      await state.trial;
      if (this.state.name === 'closed') signal?.throwIfAborted();
      return this.execute(work, signal);
    }
    if (this.rules.getClock().now() < state.until) throw new CircuitIsOpen();
    const trial = this.run(work, true);
    this.state = { name: 'half-open', trial: trial.catch(() => undefined) };
    return trial;
  }

  private async run(work: () => Promise<void>, isTrial: boolean): Promise<void> {
    try {
      await work();
      this.failuresInRow = 0;
      if (isTrial) this.close();
    } catch (error) {
      if (this.rules.isFailure(error)) this.fail(isTrial);
      else if (isTrial) this.close();
      throw error;
    }
  }

  private fail(isTrial: boolean): void {
    this.failuresInRow++;
    // What had begun before it opened says nothing that is not known, and is not to keep it open for longer.
    if (this.state.name === 'open' || !(isTrial || this.failuresInRow >= this.rules.failures)) return;
    this.state = { name: 'open', until: this.rules.getClock().now() + this.rules.resetAfterMs };
  }

  /** Not if it has been opened again during the trial, by what had begun before. */
  private close(): void {
    if (this.state.name !== 'half-open') return;
    this.state = CLOSED;
    this.failuresInRow = 0;
  }
}
