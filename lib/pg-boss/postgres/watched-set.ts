/** A set that can be waited for until there is nothing left in it. */
export class WatchedSet<T> {
  private readonly members = new Set<T>();
  private waiting: (() => void)[] = [];

  add(member: T): void {
    this.members.add(member);
  }

  delete(member: T): void {
    this.members.delete(member);
    if (this.members.size === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  get size(): number {
    return this.members.size;
  }

  toArray(): T[] {
    return [...this.members];
  }

  async whenEmpty(): Promise<void> {
    if (this.members.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
