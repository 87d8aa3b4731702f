/** Keeps what is put in so that the first of it is found at once. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly isBefore: (one: T, other: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  /** The first one, which stays. */
  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    let index = this.items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  /** Takes the first one out. */
  pop(): T | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0 && last !== undefined) {
      this.items[0] = last;
      this.sink();
    }
    return first;
  }

  private sink(): void {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const least = right < this.items.length && this.isAt(right, left) ? right : left;
      if (least >= this.items.length || !this.swapIfBefore(least, index)) return;
      index = least;
    }
  }

  private isAt(index: number, other: number): boolean {
    return this.isBefore(this.items[index] as T, this.items[other] as T);
  }

  private swapIfBefore(index: number, other: number): boolean {
    if (!this.isAt(index, other)) return false;
    const item = this.items[index] as T;
    this.items[index] = this.items[other] as T;
    this.items[other] = item;
    return true;
  }
}
