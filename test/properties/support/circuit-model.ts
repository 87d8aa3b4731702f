export type Ending = 'success' | 'network' | 'ordinary';

/** What docs/drivers.md says of the circuit of a `ResilientDriver`. Deliveries are known by their numbers. */
export class CircuitModel {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  readonly running = new Set<number>();
  readonly refused = new Set<number>();
  private failures = 0;
  private openUntil = 0;
  /** Those that wait for the end of a trial, by its number. */
  private readonly waiting = new Map<number, number[]>();
  private trial = -1;

  constructor(
    private readonly maxFailures: number,
    private readonly resetAfterMs: number,
  ) {}

  begin(delivery: number, now: number): void {
    if (this.state === 'half-open') {
      this.waiting.get(this.trial)!.push(delivery);
    } else if (this.state === 'open' && now < this.openUntil) {
      this.refused.add(delivery);
    } else {
      this.running.add(delivery);
      if (this.state === 'open') this.try(delivery);
    }
  }

  end(delivery: number, ending: Ending, now: number): void {
    const waiting = this.waiting.get(delivery);
    const isTrial = waiting !== undefined;
    this.running.delete(delivery);
    if (ending === 'network') {
      this.failures++;
      if (isTrial || this.failures >= this.maxFailures) this.open(now);
    } else {
      if (ending === 'success') this.failures = 0;
      if (isTrial && this.state === 'half-open') this.close();
    }
    for (const other of waiting ?? []) this.begin(other, now);
  }

  private try(delivery: number): void {
    this.state = 'half-open';
    this.trial = delivery;
    this.waiting.set(delivery, []);
  }

  private open(now: number): void {
    if (this.state === 'open') return;
    this.state = 'open';
    this.openUntil = now + this.resetAfterMs;
  }

  /** It needs as many failures as at first to open once more. */
  private close(): void {
    this.state = 'closed';
    this.failures = 0;
  }
}
