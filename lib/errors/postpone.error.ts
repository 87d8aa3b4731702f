import { type Duration, parseDuration } from '../utils/duration.js';
import { EventsError } from './events.error.js';
import { InvalidOptionsError } from './invalid-options.error.js';
import { isThrown } from './thrown.js';

/**
 * Throw this from a listener or an event to be called again later, without that counting as an attempt:
 * the time has not come, or what is needed is not there yet. Only durable drivers can do so.
 *
 * @example
 * ```ts
 * throw new PostponeError('5m');
 * ```
 */
export class PostponeError extends EventsError {
  readonly code = 'EVENTS_POSTPONED';

  /** When to try again, in milliseconds from now. */
  readonly delayMs: number;

  /**
   * @param delay milliseconds, or a time such as `'5m'`
   * @throws {@link InvalidOptionsError} if it is neither
   */
  constructor(delay: Duration, reason = 'the time has not come') {
    super(`Postponed by ${delay}: ${reason}`);
    const delayMs = parseDuration(delay);
    if (delayMs === undefined) {
      throw new InvalidOptionsError('PostponeError', [
        `delay must be a number of milliseconds or a time such as '5m', not ${String(delay)}`,
      ]);
    }
    this.delayMs = delayMs;
  }

  static override isInstance(error: unknown): error is PostponeError {
    return isThrown(error, (thrown) => EventsError.isInstance(thrown) && thrown.code === 'EVENTS_POSTPONED');
  }
}
