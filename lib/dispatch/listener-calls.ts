import type { IBaseEvent } from '../event/event.interface.js';
import type { ListenerInvoker } from '../listener/listener.js';
import { isThenable } from '../utils/is-thenable.js';

/** What a listener threw, by where it stands among them. */
export interface FailureAt {
  readonly index: number;
  readonly error: unknown;
}

/**
 * Calls listeners one after another, whatever becomes of those before.
 *
 * Not an async function: to be resumed after each listener costs that more than being called back does.
 */
export class ListenerCalls {
  /** Resolves once all are done; rejects with what is made of their failures. */
  readonly done: Promise<void>;
  private next = 0;
  private failures: FailureAt[] | undefined;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;

  constructor(
    private readonly invokers: readonly ListenerInvoker[],
    private readonly event: IBaseEvent,
    private readonly toError: (failures: readonly FailureAt[]) => unknown,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.goOn();
  }

  private readonly goOn = (): void => {
    while (this.next < this.invokers.length) {
      try {
        const result = this.invokers[this.next++]!(this.event);
        if (!isThenable(result)) continue;
        void Promise.resolve(result).then(this.goOn, this.failAndGoOn);
        return;
      } catch (error) {
        this.fail(error);
      }
    }
    if (this.failures === undefined) this.resolve();
    else this.reject(this.toError(this.failures));
  };

  private readonly failAndGoOn = (error: unknown): void => {
    this.fail(error);
    this.goOn();
  };

  private fail(error: unknown): void {
    (this.failures ??= []).push({ index: this.next - 1, error });
  }
}
