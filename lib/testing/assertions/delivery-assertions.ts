import { describeThrown, InvalidOptionsError } from '../../errors/index.js';
import { type DeliveryRecord, getOutcome } from '../events/records.js';
import type { Recorder } from '../events/recorder.js';
import type { IBaseEvent } from '../../index.js';
import type { DeliveryTarget, TargetFinder } from '../events/target.js';
import { countTimes, howOften, type Verdict } from './dispatch-assertions.js';
import { describeDeliveries } from './describe-happened.js';
import { describeExpected, describeValue } from './describe-value.js';
import { ANY, EventSelection } from './event-match.js';
import { findDifferences } from './matches.js';

/** What an error is expected to be: of a class, with this text or this pattern in its message, or with these properties. */
export type ErrorMatch =
  // oxlint-disable-next-line typescript/no-explicit-any -- of whatever the constructor of an error takes
  (abstract new (...args: any[]) => Error) | string | RegExp | Readonly<Record<string, unknown>>;

/** What may have become of a delivery. */
type Fate = 'delivered' | 'failed' | 'dead-lettered';

const WORDS: Readonly<Record<Fate, { readonly expected: string; readonly was: string }>> = {
  delivered: { expected: 'to be delivered to', was: 'it was' },
  failed: { expected: 'to have failed', was: 'it has' },
  'dead-lettered': { expected: 'to be given up and kept', was: 'it was' },
};

/** Judges what became of deliveries. */
export class DeliveryAssertions {
  constructor(
    private readonly recorder: Recorder,
    private readonly targets: TargetFinder,
    /** Whether something is under way that may change what is found. */
    private readonly isUnderWay: () => boolean,
  ) {}

  find(fate: Fate, target: DeliveryTarget, match: unknown, error?: ErrorMatch): readonly DeliveryRecord[] {
    const isMeant = this.targets.toPredicate(target);
    const selection = new EventSelection(ANY, match);
    return this.recorder.deliveries.filter(
      (delivery) =>
        isMeant(delivery) &&
        findEvents(delivery, fate).some((event) => selection.includes(event)) &&
        (error === undefined || matchesError(error, getError(delivery))),
    );
  }

  judge(fate: Fate, target: DeliveryTarget, match: unknown, error?: ErrorMatch, times?: number): Verdict {
    const found = this.find(fate, target, match, error);
    const count = fate === 'delivered' ? countSuccesses(found, match) : found.length;
    const isMet = times === undefined ? count > 0 : count === times;
    return {
      isMet,
      message: () => {
        const { expected, was } = WORDS[fate];
        const withError = error === undefined ? '' : ` with ${describeError(error)}`;
        const which = new EventSelection(ANY, match).describe() + withError;
        const what = `${this.targets.describe(target)} ${expected}${which}${howOften(times, isMet)}`;
        const but = count === 0 ? `${was} not` : `${was}, ${countTimes(count)}`;
        return `Expected ${what}, but ${but}.\n${this.explain(target, match)}`;
      },
    };
  }

  private explain(target: DeliveryTarget, match: unknown): string {
    const { deliveries, dispatches } = this.recorder;
    const ofTarget = deliveries.filter(this.targets.toPredicate(target));
    const shown = ofTarget.length > 0 ? ofTarget : deliveries;
    const isUnderWay = this.isUnderWay();
    const isFaked = dispatches.some((dispatch) => dispatch.isFaked);
    return [
      describeDeliveries(shown, new EventSelection(ANY, match)),
      ...(isUnderWay ? ['Not all is done yet: await events.settled() before.'] : []),
      ...(isFaked
        ? [
            "For what is faked no listener is called: { mode: 'spy' }, 'inline' or 'round-trip' would call them.",
          ]
        : []),
    ].join('\n');
  }
}

/** The events that a delivery has that fate with: several may have one id. */
function findEvents({ event, runs, ...delivery }: DeliveryRecord, fate: Fate): readonly IBaseEvent[] {
  if (fate === 'delivered')
    return runs.filter(({ status }) => status === 'succeeded').map((run) => run.event);
  const outcome = getOutcome({ event, runs, ...delivery });
  const isMet = outcome === fate || (fate === 'failed' && outcome === 'dead-lettered');
  return isMet ? [runs.at(-1)?.event ?? event] : [];
}

function countSuccesses(deliveries: readonly DeliveryRecord[], match: unknown): number {
  const selection = new EventSelection(ANY, match);
  return deliveries
    .flatMap((delivery) => findEvents(delivery, 'delivered'))
    .filter((event) => selection.includes(event)).length;
}

function getError({ deadLetter, runs }: DeliveryRecord): unknown {
  return deadLetter?.error ?? runs.at(-1)?.error;
}

function matchesError(expected: ErrorMatch, error: unknown): boolean {
  if (typeof expected === 'string') return describeThrown(error).includes(expected);
  if (expected instanceof RegExp) return describeThrown(error).search(expected) >= 0;
  if (typeof expected === 'function') return error instanceof expected || isStoredAs(expected, error);
  if (typeof expected === 'object' && expected !== null) return findDifferences(expected, error).length === 0;
  throw new InvalidOptionsError('The error of an assertion', [
    `it must be a class, a text, a pattern or an object with properties, not ${describeValue(expected)}`,
  ]);
}

/** Of what another process has given up, only the name of the error is known. */
function isStoredAs({ name }: { readonly name: string }, error: unknown): boolean {
  return (
    !(error instanceof Error) && (error as { readonly name?: unknown } | null | undefined)?.name === name
  );
}

function describeError(expected: ErrorMatch): string {
  return typeof expected === 'function' ? `a ${expected.name}` : `the error ${describeExpected(expected)}`;
}
