import type { IBaseEvent } from '../event/event.interface.js';
import type { ListenerInvoker } from '../listener/listener.js';
import { isThenable } from '../utils/is-thenable.js';

/** What a listener threw, by where it stands among them. */
export interface FailureAt {
  readonly index: number;
  readonly error: unknown;
}

/** What is made of failures. */
type ToError = (failures: readonly FailureAt[]) => unknown;

/**
 * Calls listeners one after another, whatever becomes of those before.
 *
 * @returns resolves once all are done
 * @throws what `toError` makes of their failures
 */
export function callListeners(
  invokers: readonly ListenerInvoker[],
  event: IBaseEvent,
  toError: ToError,
): Promise<void> {
  return new Promise((resolve, reject) => {
    new ListenerCalls(invokers, event, toError, resolve, reject).goOn();
  });
}

/** Not an async function: to be resumed after each listener costs that more than being called back does. */
class ListenerCalls {
  private next = 0;
  private failures: FailureAt[] | undefined;

  constructor(
    private readonly invokers: readonly ListenerInvoker[],
    private readonly event: IBaseEvent,
    private readonly toError: ToError,
    private readonly resolve: () => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  readonly goOn = (): void => {
    const { invokers, event } = this;
    while (this.next < invokers.length) {
      try {
        const result = invokers[this.next++]!(event);
        if (!isThenable(result)) continue;
        void (result instanceof Promise ? result : Promise.resolve(result)).then(this.goOn, this.failAndGoOn);
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
