/** How long what is stored in a queue may wait to be announced after the last time, in milliseconds. */
const APART_MS = 5;

/** Fewer are announced at once: somebody may wait for one of them. */
const MANY = 10;

/**
 * Decides when to announce what is stored. The server has those who announce commit one after another, and each announcement
 * wakes every process that listens: so where much is stored, one every few milliseconds has to do.
 */
export class Announcements {
  private readonly lastAt = new Map<string, number>();
  private readonly due = new Map<string, { readonly timer: NodeJS.Timeout; readonly announce: () => void }>();

  /** Whether so many need not be announced as they are stored, but may be by {@link Announcements.add} afterwards. */
  mayWait(queue: string, count: number): boolean {
    if (count >= MANY && (this.due.has(queue) || this.isRecent(queue))) return true;
    this.lastAt.set(queue, performance.now());
    return false;
  }

  /**
   * Has a queue announced in a moment.
   *
   * @param announce whoever looks into the queue now and then finds what that fails to tell of
   */
  add(queue: string, announce: () => Promise<unknown>): void {
    if (this.due.has(queue)) return;
    const announceNow = (): void => {
      this.due.delete(queue);
      this.lastAt.set(queue, performance.now());
      announce().catch(() => undefined);
    };
    this.due.set(queue, { timer: setTimeout(announceNow, APART_MS), announce: announceNow });
  }

  /** Announces at once what is still to be. */
  end(): void {
    for (const { timer, announce } of this.due.values()) {
      clearTimeout(timer);
      announce();
    }
  }

  private isRecent(queue: string): boolean {
    return performance.now() - (this.lastAt.get(queue) ?? -Infinity) < APART_MS;
  }
}
