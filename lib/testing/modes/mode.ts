import { InvalidOptionsError } from '../../errors/index.js';
import { checkPattern, type EventPattern, matchesPattern } from '../../listener/event-pattern.js';
import type { Clock, IBaseEvent } from '../../index.js';
import { checkOptions, oneOf, type OptionRule } from '../../utils/option-rules.js';

/**
 * What becomes of events in a test.
 *
 * - `'fake'`: they are recorded, and nothing is run. No driver is opened for them, and no server is needed.
 * - `'spy'`: they are recorded, and delivered as the application is configured.
 * - `'round-trip'`: they are recorded, and every payload is stored and read again, by whichever driver: what would not
 *   survive a queue fails here. Durable drivers keep what they store in memory.
 * - `'inline'`: they are recorded, and durable drivers deliver before the dispatch ends: with the retries and the dead
 *   letters that are configured, and without waiting.
 */
export type EventsMode = 'fake' | 'spy' | 'round-trip' | 'inline';

/** Which events are watched, and how. */
export interface FakeEventsOptions {
  /**
   * What becomes of events.
   *
   * @defaultValue `'fake'`
   */
  mode?: EventsMode;

  /** The events that the mode is for: classes, with those that extend them, names or patterns. Not with `except`. */
  only?: readonly EventPattern[];

  /** The events that the mode is not for. Not with `only`. */
  except?: readonly EventPattern[];

  /**
   * What becomes of the events that the mode is not for.
   *
   * @defaultValue `'spy'`
   */
  others?: Exclude<EventsMode, 'fake'>;

  /**
   * The time that drivers go by: `true` for a `TestClock` that starts now, or one of your own. Then time stands still but
   * for `advance()`.
   *
   * @defaultValue the time of the system; in mode `'inline'`, one in which waits between attempts are over at once
   */
  clock?: boolean | Clock;
}

const patterns: OptionRule = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((pattern) => checkPattern(pattern) === undefined)
    ? undefined
    : 'a list of event classes and names, with at least one';

const RULES: Readonly<Record<keyof FakeEventsOptions, OptionRule>> = {
  mode: oneOf('fake', 'spy', 'round-trip', 'inline'),
  only: patterns,
  except: patterns,
  others: oneOf('spy', 'round-trip', 'inline'),
  clock: (value) =>
    typeof value === 'boolean' || typeof (value as Partial<Clock> | null)?.setTimer === 'function'
      ? undefined
      : 'true, or a clock such as new TestClock()',
};

/** Knows which mode an event is in. */
export class EventModes {
  readonly mode: EventsMode;
  readonly others: EventsMode;
  private readonly isMeant: (eventClass: Function, name: string) => boolean;

  /** @throws {@link InvalidOptionsError} for options that make no sense */
  constructor(options: FakeEventsOptions) {
    const { mode = 'fake', only, except, others = 'spy' } = options;
    const problems = checkOptions(options, RULES);
    if (only !== undefined && except !== undefined) problems.push('only and except exclude one another');
    if (problems.length > 0) throw new InvalidOptionsError('Options of fakeEvents()', problems);
    const isSelective = only !== undefined || except !== undefined;
    this.mode = mode;
    this.others = isSelective ? others : mode;
    this.isMeant = (eventClass, name) => {
      const isNamed = (patterns: readonly EventPattern[]): boolean =>
        patterns.some((pattern) => matchesPattern(pattern, eventClass, name));
      return only === undefined ? except === undefined || !isNamed(except) : isNamed(only);
    };
  }

  getMode(event: IBaseEvent): EventsMode {
    return this.getModeOf(event.constructor, event.getName());
  }

  /** The mode of the events of a class that have this name. */
  getModeOf(eventClass: Function, name: string): EventsMode {
    return this.isMeant(eventClass, name) ? this.mode : this.others;
  }

  /** Whether any event may be in that mode. */
  has(mode: EventsMode): boolean {
    return this.mode === mode || this.others === mode;
  }

  /** Whether durable drivers keep what they store in memory, whatever their engine. */
  get isInMemory(): boolean {
    return this.has('inline') || this.has('round-trip');
  }
}
