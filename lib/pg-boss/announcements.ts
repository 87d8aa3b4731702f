import { setTimer } from '../utils/later.js';
import { toTimer } from '../utils/to-timer.js';

/** How long there is between one announcement of a queue and the next, in milliseconds. */
const APART_MS = 5;

/** Those of one queue. */
interface QueueAnnouncements {
  /** When the last one was made, by `performance.now()`. */
  lastAt: number;
  due: { readonly timer: NodeJS.Timeout; readonly announce: () => void } | undefined;
}

/**
 * Decides when to announce what is stored. The server has those who announce commit one after another, and each announcement
 * wakes every process that listens: so where something is stored again and again, one every few milliseconds has to do.
 */
export class Announcements {
  private readonly queues = new Map<string, QueueAnnouncements>();

  /**
   * Whether what is stored now need not be announced with it, since something was just before; it is then to be announced
   * afterwards, by {@link Announcements.add}.
   */
  mayWait(queue: string): boolean {
    const known = this.get(queue);
    const now = performance.now();
    if (known.due !== undefined || now - known.lastAt < APART_MS) return true;
    known.lastAt = now;
    return false;
  }

  /**
   * Has a queue announced in a moment.
   *
   * @param announce whoever looks into the queue now and then finds what that fails to tell of
   */
  add(queue: string, announce: () => Promise<unknown>): void {
    const known = this.get(queue);
    if (known.due !== undefined) return;
    const announceNow = (): void => {
      known.due = undefined;
      known.lastAt = performance.now();
      announce().catch(() => undefined);
    };
    const timer = setTimer(announceNow, toTimer(known.lastAt + APART_MS - performance.now()));
    known.due = { timer, announce: announceNow };
  }

  /** Announces at once what is still to be. */
  end(): void {
    for (const { due } of this.queues.values()) {
      clearTimeout(due?.timer);
      due?.announce();
    }
  }

  private get(queue: string): QueueAnnouncements {
    let known = this.queues.get(queue);
    if (known === undefined) this.queues.set(queue, (known = { lastAt: -Infinity, due: undefined }));
    return known;
  }
}
