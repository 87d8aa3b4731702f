import { PostponeError, UnrecoverableError } from 'nestjs-event-drivers';

/** What the work of a listener, or of an event, comes to. */
export interface Behaviour {
  readonly isLater: boolean;
  readonly thrown: { readonly value: unknown } | undefined;
}

export interface ListenerPlan {
  readonly order: number | undefined;
  readonly driver: 'sync' | 'retry' | 'async' | 'stored' | undefined;
}

/** One dispatch to the listeners there are. */
export interface DispatchPlan {
  /** What the event's own `execute()` does; `undefined` if it has none. */
  readonly own: Behaviour | undefined;
  /** What the store of all that is stored does. */
  readonly store: Behaviour;
  /** By the number of the listener. */
  readonly listeners: readonly Behaviour[];
}

export interface Failure {
  readonly listenerId: string;
  readonly error: unknown;
  /** Whether it is but the cause of what says that all attempts have failed. */
  readonly isExhausted?: boolean;
}

/** What happens in which order, and what fails. */
export interface Expectation {
  readonly log: readonly string[];
  readonly failures: readonly Failure[];
}

/** How often `retry` tries. */
export const ATTEMPTS = 2;

const isVerdict = (error: unknown): boolean =>
  [UnrecoverableError, PostponeError].some((verdict) => verdict.isInstance(error));

export const getListenerId = (index: number): string => `Listeners.on${index}`;

/** What design.md promises: the event's own work, then what is stored, then the listeners in their order. */
export function expectDispatch(listeners: readonly ListenerPlan[], dispatch: DispatchPlan): Expectation {
  const log: string[] = [];
  if (dispatch.own !== undefined) {
    log.push('execute');
    const { thrown } = dispatch.own;
    if (thrown !== undefined) return { log, failures: [{ listenerId: 'execute', error: thrown.value }] };
  }
  const inOrder = [...listeners.entries()].toSorted(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0));
  const stored = inOrder
    .filter(([, { driver }]) => driver === 'stored')
    .map(([index]) => getListenerId(index));
  if (stored.length > 0) {
    log.push(`stored ${stored.join()}`);
    const { thrown } = dispatch.store;
    if (thrown !== undefined) return { log, failures: [{ listenerId: 'stored', error: thrown.value }] };
  }
  const failures: Failure[] = [];
  for (const [index, { driver }] of inOrder) {
    if (driver === 'stored') continue;
    const { thrown } = dispatch.listeners[index]!;
    const isExhausted = driver === 'retry' && thrown !== undefined && !isVerdict(thrown.value);
    for (let attempt = 0; attempt < (isExhausted ? ATTEMPTS : 1); attempt++) {
      log.push(`${index} begins`);
      // Those of a driver that bounds their number by itself are not waited for one by one.
      if (driver !== 'async') log.push(`${index} ends`);
    }
    if (thrown !== undefined)
      failures.push({ listenerId: getListenerId(index), error: thrown.value, isExhausted });
  }
  return { log, failures };
}
