import { getEventName } from '../../event/event-name.js';
import { type EventClass, type EventPattern, type IBaseEvent, InvalidOptionsError } from '../../index.js';
import { matchesPattern, checkPattern } from '../../listener/event-pattern.js';
import { describeExpected, describeValue } from './describe-value.js';
import { findDifferences, type Partially } from './matches.js';

/** What an event carries. */
export type PayloadOf<TEvent> = TEvent extends IBaseEvent<infer TPayload> ? TPayload : unknown;

/**
 * Which events are meant: those whose payload has these values, of which objects need only those that are named and a
 * value may be one such as `expect.any(String)`; or those that a function returns `true` for.
 */
export type EventMatch<TEvent extends IBaseEvent> =
  Partially<PayloadOf<TEvent>> | ((event: TEvent) => boolean);

/** Events of a kind: by class, with those that extend it, or by name or pattern. */
export type EventTarget<TEvent extends IBaseEvent = IBaseEvent> = EventClass<TEvent> | string;

/** Events of any kind. */
export const ANY = Symbol('any');

/** Which events a test means. */
export class EventSelection {
  /** @throws {@link InvalidOptionsError} if the target names no event */
  constructor(
    private readonly target: EventPattern | typeof ANY,
    private readonly match?: unknown,
  ) {
    const problem = target === ANY ? undefined : checkPattern(target);
    if (problem !== undefined) throw new InvalidOptionsError('The event of an assertion', [problem]);
  }

  isOfKind(event: IBaseEvent): boolean {
    const { target } = this;
    if (target === ANY) return true;
    const name = event.getName();
    // What is known from a store only has a name, and no class.
    return (
      matchesPattern(target, event.constructor, name) ||
      (typeof target === 'function' && name === getEventName(target))
    );
  }

  includes(event: IBaseEvent): boolean {
    return this.isOfKind(event) && this.explain(event) === undefined;
  }

  /** Why an event of the kind is none of those that are meant. */
  explain(event: IBaseEvent): string | undefined {
    const { match } = this;
    if (match === undefined) return undefined;
    if (typeof match === 'function') {
      return match(event) === true ? undefined : 'the function returns no true for it';
    }
    const differences = findDifferences(match, readPayload(event));
    if (differences.length === 0) return undefined;
    return differences
      .map(
        ({ path, expected, actual }) =>
          `${path === '' ? 'the payload' : path} is ${describeValue(actual)}, expected ${describeExpected(expected)}`,
      )
      .join('; ');
  }

  /** As a part of a sentence. */
  describe(): string {
    const { match } = this;
    if (match === undefined) return '';
    return typeof match === 'function'
      ? ' that the function returns true for'
      : ` with ${describeExpected(match)}`;
  }
}

/** One that cannot be read has nothing that is expected of it. */
function readPayload(event: IBaseEvent): unknown {
  try {
    return event.getPayload();
  } catch {
    return undefined;
  }
}

export function describeTarget(target: EventPattern): string {
  return typeof target === 'function' ? target.name : `'${target}'`;
}
