import type { ErrorMatch } from './assertions/delivery-assertions.js';
import type { Verdict } from './assertions/dispatch-assertions.js';
import type { EventMatch, EventTarget } from './assertions/event-match.js';
import type { DeliveryTarget } from './events/target.js';
import { TestEvents } from './test-events.js';
import { type IBaseEvent, InvalidOptionsError } from '../index.js';

/** What a matcher of jest or vitest returns. */
interface MatcherResult {
  pass: boolean;
  message: () => string;
}

/**
 * Matchers for `expect()` of jest or vitest. The entry points `nestjs-event-drivers/testing/jest` and `.../vitest` add them,
 * with their types; `expect.extend(eventMatchers)` does so for any other that takes such matchers.
 */
export const eventMatchers = {
  toHaveDispatched: (events: unknown, event: EventTarget, match?: unknown): MatcherResult =>
    toResult(read(events).dispatches.dispatched(event, match)),
  toHaveDispatchedTimes: (
    events: unknown,
    event: EventTarget,
    times: number,
    match?: unknown,
  ): MatcherResult => toResult(read(events).dispatches.dispatched(event, match, times)),
  toHaveDispatchedNothing: (events: unknown): MatcherResult => toResult(read(events).dispatches.nothing()),
  toHaveDelivered: (events: unknown, target: DeliveryTarget, match?: unknown): MatcherResult =>
    toResult(read(events).deliveries.judge('delivered', target, match)),
  toHaveDeliveredTimes: (
    events: unknown,
    target: DeliveryTarget,
    times: number,
    match?: unknown,
  ): MatcherResult => toResult(read(events).deliveries.judge('delivered', target, match, undefined, times)),
  toHaveFailed: (
    events: unknown,
    target: DeliveryTarget,
    error?: ErrorMatch,
    match?: unknown,
  ): MatcherResult => toResult(read(events).deliveries.judge('failed', target, match, error)),
  toHaveDeadLettered: (
    events: unknown,
    target: DeliveryTarget,
    error?: ErrorMatch,
    match?: unknown,
  ): MatcherResult => toResult(read(events).deliveries.judge('dead-lettered', target, match, error)),
};

/** {@link eventMatchers} as they are called on `expect(events)`. */
export interface EventMatchers<TResult = void> {
  /** An event of the kind was dispatched; `match` is part of its payload, or a function that returns `true` for it. */
  toHaveDispatched<TEvent extends IBaseEvent>(
    event: EventTarget<TEvent>,
    match?: EventMatch<TEvent>,
  ): TResult;
  /** So many events of the kind were dispatched, neither more nor less. */
  toHaveDispatchedTimes<TEvent extends IBaseEvent>(
    event: EventTarget<TEvent>,
    times: number,
    match?: EventMatch<TEvent>,
  ): TResult;
  /** No event at all was dispatched. */
  toHaveDispatchedNothing(): TResult;
  /** A listener was given an event and has succeeded, at whichever attempt. */
  toHaveDelivered(target: DeliveryTarget, match?: EventMatch<IBaseEvent>): TResult;
  /** A listener has succeeded so many times, neither more nor less. */
  toHaveDeliveredTimes(target: DeliveryTarget, times: number, match?: EventMatch<IBaseEvent>): TResult;
  /** A listener has failed at its last attempt so far. */
  toHaveFailed(target: DeliveryTarget, error?: ErrorMatch, match?: EventMatch<IBaseEvent>): TResult;
  /** The delivery of an event to a listener was given up, and is kept. */
  toHaveDeadLettered(target: DeliveryTarget, error?: ErrorMatch, match?: EventMatch<IBaseEvent>): TResult;
}

function read(events: unknown): TestEvents {
  if (events instanceof TestEvents) return events;
  throw new InvalidOptionsError('expect()', [
    'these matchers take what fakeEvents() returns, or module.get(TestEvents): expect(events).toHaveDispatched(UserCreated)',
  ]);
}

function toResult({ isMet, message }: Verdict): MatcherResult {
  return { pass: isMet, message };
}
