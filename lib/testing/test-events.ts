/* oxlint-disable typescript/unbound-method -- they say where the stack of an error is to begin, and are never called */
import { NotWatchedError } from './errors/not-watched.error.js';
import { EventAssertionError } from './errors/event-assertion.error.js';
import { DeliveryAssertions, type ErrorMatch } from './assertions/delivery-assertions.js';
import { DispatchAssertions, eventsOf, type Verdict } from './assertions/dispatch-assertions.js';
import type { EventMatch, EventTarget } from './assertions/event-match.js';
import { TestClock } from './clock/test-clock.js';
import type { DeliveryRecord, DispatchRecord } from './events/records.js';
import type { DeliveryTarget } from './events/target.js';
import type { Faults } from './faults/faults.js';
import type { TestRun } from './modes/test-run.js';
import { type Duration, type IBaseEvent, InvalidOptionsError } from '../index.js';

/** How long {@link TestEvents.settled} waits. */
export interface SettledOptions {
  /**
   * In milliseconds.
   *
   * @defaultValue 5000
   */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5000;

/** @internal Connects it to what it is to look at. */
export const WATCH = Symbol('nestjs-event-drivers:watch');

/**
 * What happens to the events of an application under test: what was dispatched, what became of it, and the means to wait
 * for it, to move the time, and to let things go wrong.
 *
 * @example
 * ```ts
 * await service.register('ada@example.com');
 *
 * events.expectDispatched(UserCreated, { email: 'ada@example.com' });
 * events.expectNotDispatched(UserDeleted);
 * ```
 */
export class TestEvents {
  private run: TestRun | undefined;

  /** Lets listeners, processes and connections fail. */
  get faults(): Faults {
    return this.watched.faults;
  }

  /**
   * The clock that drivers go by.
   *
   * @throws {@link InvalidOptionsError} if the test has not asked for one, with `clock: true`
   */
  get clock(): TestClock {
    const { clock } = this.watched;
    if (clock instanceof TestClock) return clock;
    throw new InvalidOptionsError('The clock of this test', [
      'it is no TestClock. Say { clock: true } to fakeEvents() or EventsTestingModule.forRoot() to have one that stands ' +
        'still but for advance()',
    ]);
  }

  /** The events of a kind that were dispatched, in order; all events if no kind is given. */
  dispatched(): readonly IBaseEvent[];
  dispatched<TEvent extends IBaseEvent>(
    event: EventTarget<TEvent>,
    match?: EventMatch<TEvent>,
  ): readonly TEvent[];
  dispatched(event: EventTarget = '**', match?: unknown): readonly IBaseEvent[] {
    return eventsOf(this.dispatches.find(event, match));
  }

  /** The dispatches, in order, with what they asked for and what became of them. */
  getDispatches(): readonly DispatchRecord[] {
    return this.watched.recorder.dispatches;
  }

  /** The deliveries that were made, or are to be made, with their runs. */
  getDeliveries(target?: DeliveryTarget): readonly DeliveryRecord[] {
    const { recorder, targets } = this.watched;
    return target === undefined
      ? recorder.deliveries
      : recorder.deliveries.filter(targets.toPredicate(target));
  }

  /**
   * An event of the kind was dispatched.
   *
   * @param match part of its payload, or a function that returns `true` for it
   * @returns the first that is meant
   * @throws {@link EventAssertionError} if there is none, with what was dispatched
   */
  expectDispatched<TEvent extends IBaseEvent>(
    event: EventTarget<TEvent>,
    match?: EventMatch<TEvent>,
  ): TEvent {
    this.assert(this.dispatches.dispatched(event, match), this.expectDispatched);
    return eventsOf<TEvent>(this.dispatches.find(event, match))[0]!;
  }

  /** So many events of the kind were dispatched, neither more nor less. */
  expectDispatchedTimes<TEvent extends IBaseEvent>(
    event: EventTarget<TEvent>,
    times: number,
    match?: EventMatch<TEvent>,
  ): void {
    this.assert(this.dispatches.dispatched(event, match, times), this.expectDispatchedTimes);
  }

  /** No event of the kind was dispatched. */
  expectNotDispatched<TEvent extends IBaseEvent>(
    event: EventTarget<TEvent>,
    match?: EventMatch<TEvent>,
  ): void {
    this.assert(this.dispatches.dispatched(event, match, 0), this.expectNotDispatched);
  }

  /** No event at all was dispatched. */
  expectNothingDispatched(): void {
    this.assert(this.dispatches.nothing(), this.expectNothingDispatched);
  }

  /**
   * A listener was given an event and has succeeded, at whichever attempt.
   *
   * @param target the listener's class or id; or an event class, for the event's own work
   * @param match part of the event's payload, or a function that returns `true` for the event
   * @returns what is known of the first such delivery
   */
  expectDelivered(target: DeliveryTarget, match?: EventMatch<IBaseEvent>): DeliveryRecord {
    this.assert(this.deliveries.judge('delivered', target, match), this.expectDelivered);
    return this.deliveries.find('delivered', target, match)[0]!;
  }

  /** A listener has succeeded so many times, neither more nor less. */
  expectDeliveredTimes(target: DeliveryTarget, times: number, match?: EventMatch<IBaseEvent>): void {
    this.assert(
      this.deliveries.judge('delivered', target, match, undefined, times),
      this.expectDeliveredTimes,
    );
  }

  /** A listener has not succeeded with any such event. */
  expectNotDelivered(target: DeliveryTarget, match?: EventMatch<IBaseEvent>): void {
    this.assert(this.deliveries.judge('delivered', target, match, undefined, 0), this.expectNotDelivered);
  }

  /**
   * A listener has failed at its last attempt so far.
   *
   * @param error a class of errors, a part of the message or a pattern for it, or properties of the error
   */
  expectFailed(target: DeliveryTarget, error?: ErrorMatch, match?: EventMatch<IBaseEvent>): DeliveryRecord {
    this.assert(this.deliveries.judge('failed', target, match, error), this.expectFailed);
    return this.deliveries.find('failed', target, match, error)[0]!;
  }

  /**
   * The delivery of an event to a listener was given up, and is kept.
   *
   * @param error a class of errors, a part of the message or a pattern for it, or properties of the error
   */
  expectDeadLettered(
    target: DeliveryTarget,
    error?: ErrorMatch,
    match?: EventMatch<IBaseEvent>,
  ): DeliveryRecord {
    this.assert(this.deliveries.judge('dead-lettered', target, match, error), this.expectDeadLettered);
    return this.deliveries.find('dead-lettered', target, match, error)[0]!;
  }

  /**
   * Resolves once all that was dispatched so far, and all that its deliveries have dispatched, has been run or given up:
   * by whichever driver, in the background, or from a queue.
   *
   * @throws {@link NotSettledError} which names what is left when the time is over, or when it waits for a clock that
   *   only the test moves
   */
  async settled({ timeoutMs = DEFAULT_TIMEOUT_MS }: SettledOptions = {}): Promise<void> {
    await this.watched.settler.settled(timeoutMs);
  }

  /**
   * Moves the clock that drivers go by, and does what becomes due on the way; see {@link TestClock.advance}.
   *
   * @param duration milliseconds, or a time such as `'5m'`
   */
  async advance(duration: Duration): Promise<void> {
    await this.clock.advance(duration);
  }

  /** Forgets what has happened so far, and the faults. */
  clear(): void {
    this.watched.forget();
  }

  /** @internal What the matchers of test runners ask. */
  get dispatches(): DispatchAssertions {
    return new DispatchAssertions(this.watched.recorder);
  }

  /** @internal What the matchers of test runners ask. */
  get deliveries(): DeliveryAssertions {
    const { recorder, targets } = this.watched;
    return new DeliveryAssertions(recorder, targets, () => !this.watched.getPending(Infinity).isEmpty());
  }

  /** @internal */
  [WATCH](run: TestRun): void {
    this.run = run;
  }

  private get watched(): TestRun {
    if (this.run?.isInstalled !== true) throw new NotWatchedError();
    return this.run;
  }

  private assert({ isMet, message }: Verdict, caller: Function): void {
    if (!isMet) throw new EventAssertionError(message(), caller);
  }
}
