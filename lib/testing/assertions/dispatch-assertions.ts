import type { EventPattern, IBaseEvent } from '../../index.js';
import type { Recorder } from '../events/recorder.js';
import type { DispatchRecord } from '../events/records.js';
import { ANY, describeTarget, EventSelection } from './event-match.js';
import { describeDispatches } from './describe-happened.js';

/** What was found out: whether it is as expected, and a message for either case. */
export interface Verdict {
  readonly isMet: boolean;
  /** What to say if it is not as expected, or, of an expectation that is turned round, if it is. */
  readonly message: () => string;
}

/** Judges what was dispatched. */
export class DispatchAssertions {
  constructor(private readonly recorder: Recorder) {}

  find(target: EventPattern, match: unknown): readonly DispatchRecord[] {
    const selection = new EventSelection(target, match);
    return this.recorder.dispatches.filter(({ event }) => selection.includes(event));
  }

  /** @param times how often; at least once if not given */
  dispatched(target: EventPattern, match: unknown, times?: number): Verdict {
    const selection = new EventSelection(target, match);
    const { length } = this.find(target, match);
    const isMet = times === undefined ? length > 0 : length === times;
    const what = `${describeTarget(target)} to be dispatched${selection.describe()}`;
    return {
      isMet,
      message: () => {
        const was = length === 0 ? 'it was not' : `it was, ${countTimes(length)}`;
        return this.explain(`Expected ${what}${howOften(times, isMet)}, but ${was}.`, selection);
      },
    };
  }

  nothing(): Verdict {
    const { length } = this.recorder.dispatches;
    return {
      isMet: length === 0,
      message: () =>
        this.explain(
          length === 0 ? 'Expected something to be dispatched.' : 'Expected nothing to be dispatched.',
          new EventSelection(ANY),
        ),
    };
  }

  private explain(summary: string, selection: EventSelection): string {
    return `${summary}\n${describeDispatches(this.recorder.dispatches, selection)}`;
  }
}

/**
 * How often something was expected, as a part of a sentence.
 *
 * @param isTurnedRound whether it was not to be so, and is
 */
export function howOften(times: number | undefined, isTurnedRound: boolean): string {
  if (times === undefined) return isTurnedRound ? ' not at all' : '';
  if (!isTurnedRound) return ` ${countTimes(times)}`;
  return times === 0 ? ' at all' : ` not ${countTimes(times)}`;
}

export function countTimes(times: number): string {
  if (times === 0) return 'not at all';
  return times === 1 ? 'once' : `${times} times`;
}

export function eventsOf<TEvent extends IBaseEvent>(records: readonly DispatchRecord[]): readonly TEvent[] {
  return records.map(({ event }) => event as TEvent);
}
