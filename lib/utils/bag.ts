/** A value in a {@link Bag}, which may have another one like it. */
export interface BagEntry<T> {
  readonly value: T;
  /** Which one it was to come. */
  readonly turn: number;
  index: number;
}

/**
 * Values that come and go all the time. A `Set` replaces its table again and again then, each old one refers to the next,
 * and what they hold outlives its use with them.
 */
export class Bag<T> {
  private readonly entries: BagEntry<T>[] = [];
  private turns = 0;

  get size(): number {
    return this.entries.length;
  }

  add(value: T): BagEntry<T> {
    const entry = { value, turn: this.turns++, index: this.entries.length };
    this.entries.push(entry);
    return entry;
  }

  /** Takes out what is in it, once. */
  delete(entry: BagEntry<T>): void {
    const last = this.entries.pop()!;
    if (last === entry) return;
    this.entries[entry.index] = last;
    last.index = entry.index;
  }

  /** In the order in which they came. */
  toArray(): T[] {
    return this.entries.toSorted((one, other) => one.turn - other.turn).map(({ value }) => value);
  }
}
