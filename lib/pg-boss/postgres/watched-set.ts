/** A set of a few things that can be waited for until there is nothing left in it. */
export class WatchedSet<T> {
  /** Not a `Set`: its old tables refer to newer ones, and would keep what was in it for long. */
  private readonly members: T[] = [];
  private waiting: (() => void)[] = [];

  add(member: T): void {
    if (!this.members.includes(member)) this.members.push(member);
  }

  delete(member: T): void {
    const index = this.members.indexOf(member);
    if (index >= 0) this.members.splice(index, 1);
    if (this.members.length === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  get size(): number {
    return this.members.length;
  }

  toArray(): T[] {
    return [...this.members];
  }

  async whenEmpty(): Promise<void> {
    if (this.members.length > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
