/** Does what belongs to one thing one after another: a connection takes one statement at a time. */
export class Sequences {
  private readonly last = new WeakMap<object, Promise<unknown>>();

  run<T>(owner: object, work: () => Promise<T>): Promise<T> {
    const result = (this.last.get(owner) ?? Promise.resolve()).then(work);
    this.last.set(
      owner,
      result.catch(() => undefined),
    );
    return result;
  }
}
