import { EventsError } from './events.error.js';

/**
 * The configuration, an event or a listener is wrong. Thrown at start-up, once, with every problem
 * that was found.
 */
export class InvalidEventConfigError extends EventsError {
  readonly code = 'EVENTS_INVALID_CONFIG';

  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? `Invalid events configuration: ${problems[0]}`
        : `Invalid events configuration, ${problems.length} problems:\n` +
            problems.map((problem) => `  - ${problem}`).join('\n'),
    );
  }
}
