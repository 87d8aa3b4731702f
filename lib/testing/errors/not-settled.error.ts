import { EventsError } from '../../errors/index.js';

/** Not all that was dispatched came to its end in time, or could. */
export class NotSettledError extends EventsError {
  readonly code = 'EVENTS_NOT_SETTLED';

  constructor(
    timeoutMs: number,
    /** What is left, a line each. */
    readonly pending: readonly string[],
    waitsForClock: boolean,
  ) {
    const list = pending.map((line) => `\n  - ${line}`).join('');
    super(
      waitsForClock
        ? `What was dispatched does not settle before the clock is moved (await events.advance('5m')):${list}`
        : `What was dispatched has not settled within ${timeoutMs} ms:${list}`,
    );
  }
}
