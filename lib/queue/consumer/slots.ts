/** How many deliveries of a queue run at a time, whichever of its consumers they come from. */
export class Slots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly size: number) {}

  get free(): number {
    return this.size - this.taken;
  }

  /** @returns whether there was one to be had */
  take(): boolean {
    if (this.taken >= this.size) return false;
    this.taken++;
    return true;
  }

  release(): void {
    this.taken--;
    for (const tell of this.waiting) tell();
  }

  /** Hears of each slot that is released. */
  onRelease(tell: () => void): void {
    this.waiting.push(tell);
  }
}
