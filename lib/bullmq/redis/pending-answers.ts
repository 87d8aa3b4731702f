import { Bag } from '../../utils/bag.js';
import { later, setTimer } from '../../utils/later.js';
import { toTimer } from '../../utils/to-timer.js';

/** A call that waits for its answer. */
interface PendingAnswer {
  /** By `performance.now()`. */
  until: number;
  readonly giveUp: () => void;
}

/** The calls that wait for an answer. One timer is enough for all: one for each is a good part of what a call takes. */
export class PendingAnswers {
  private readonly pending = new Bag<PendingAnswer>();
  private timer: NodeJS.Timeout | undefined;
  private checkAt = Infinity;

  /**
   * Settles as an answer does.
   *
   * @param until by `performance.now()`
   * @param toError makes of what the answer rejects with what to reject with
   * @param onSilence is called where no answer comes until then, and gives what to reject with
   */
  wait<T>(
    answer: Promise<T>,
    until: number,
    toError: (error: unknown) => unknown,
    onSilence: () => Error,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const entry = this.pending.add({ until, giveUp: () => reject(onSilence()) });
      if (until < this.checkAt) this.checkIn(until);
      answer.then(
        (value) => {
          this.pending.delete(entry);
          resolve(value);
        },
        (error: unknown) => {
          this.pending.delete(entry);
          reject(toError(error));
        },
      );
    });
  }

  private checkIn(until: number): void {
    clearTimeout(this.timer);
    this.checkAt = until;
    // It is the connection that keeps the process for as long as anybody waits.
    this.timer = setTimer(this.check, toTimer(until - performance.now())).unref();
  }

  private readonly check = (): void => {
    this.checkAt = Infinity;
    // Where the process has been busy all the time, the answer may be there already, and not read yet.
    if (this.findDue().length > 0) later(this.expire);
    else this.checkNext();
  };

  private readonly expire = (): void => {
    for (const due of this.findDue()) {
      due.until = Infinity;
      due.giveUp();
    }
    this.checkNext();
  };

  /** A timer may fire a little early. */
  private findDue(): PendingAnswer[] {
    const now = performance.now() + 1;
    return this.pending.toArray().filter(({ until }) => until <= now);
  }

  private checkNext(): void {
    const next = this.pending.toArray().reduce((least, { until }) => Math.min(least, until), this.checkAt);
    if (next < this.checkAt) this.checkIn(next);
  }
}
