import { describeThrown } from './describe-thrown.js';
import { EventsError } from './events.error.js';

/** A delivery could not be stored, or it is not known whether it was. `cause` is what the store said. */
export class StoreError extends EventsError {
  readonly code: 'EVENTS_NOT_STORED' | 'EVENTS_OUTCOME_UNKNOWN';

  constructor(
    /** The store, without secrets. */
    readonly store: string,
    /** Whether it is certain that nothing was stored. */
    readonly outcome: 'not-stored' | 'unknown',
    cause: unknown,
    remedy?: string,
  ) {
    super(
      outcome === 'not-stored'
        ? `${store}: not stored: ${describeThrown(cause)}${remedy === undefined ? '' : ` (${remedy})`}`
        : `${store}: the connection was lost before the answer came (${describeThrown(cause)}). It is not known ` +
            `whether the delivery was stored; dispatching the same event object again stores it at most once.`,
      { cause },
    );
    this.code = outcome === 'not-stored' ? 'EVENTS_NOT_STORED' : 'EVENTS_OUTCOME_UNKNOWN';
  }
}
