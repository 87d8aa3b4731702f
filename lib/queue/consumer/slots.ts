/**
 * How many deliveries of a queue run at a time, whichever of its consumers they come from, and how many have ended of
 * which that is not recorded yet.
 */
export class Slots {
  private running = 0;
  private recording = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly size: number) {}

  get free(): number {
    return this.size - this.running;
  }

  /**
   * @param mostInFlight how many may be in flight, being recorded included
   * @returns whether there was one to be had
   */
  take(mostInFlight: number): boolean {
    if (this.running >= this.size || this.running + this.recording >= mostInFlight) return false;
    this.running++;
    return true;
  }

  /** What ran has ended, and that is being recorded. */
  release(): void {
    this.running--;
    this.recording++;
    this.tell();
  }

  /** It is recorded. */
  settle(): void {
    this.recording--;
    this.tell();
  }

  /** Hears of each slot that may be free. */
  onRelease(tell: () => void): void {
    this.waiting.push(tell);
  }

  private tell(): void {
    for (const tell of this.waiting) tell();
  }
}
