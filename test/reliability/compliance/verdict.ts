import type { LedgerFolder } from '../../support/child-app.js';
import type { JobRow } from '../../support/stores.js';

/** What may have happened to deliveries in spite of the faults that a test has caused. */
export interface Allowance {
  /** How many may have been stored without an acknowledgement: those under way at the kills. */
  readonly unacknowledged?: number;
  /** How many may have been done once more than it was recorded: those that ran at the kills. */
  readonly repeated?: number;
}

/** What has become of all that was dispatched, once nothing is left to do. */
export interface Verdict {
  readonly acknowledged: number;
  /** Acknowledged, and neither done nor a dead letter. */
  readonly lost: readonly string[];
  /** In the store, or done, although it was never dispatched, or was refused as not stored. */
  readonly phantom: readonly string[];
  /** Neither done nor given up, although everything has come to rest. */
  readonly stuck: readonly string[];
  /** How many are there that were never acknowledged: nobody knew of them whether they would be. */
  readonly unacknowledged: number;
  /** How many runs there were of what had been done before. */
  readonly repeated: number;
  /** In more than one place. */
  readonly split: readonly string[];
  readonly unhandled: readonly string[];
}

/** The ledger against the store. */
export function judge(ledgers: LedgerFolder, jobs: readonly JobRow[]): Verdict {
  const acked = new Set(ledgers.ids('acked'));
  const sent = new Set(ledgers.ids('sent'));
  const refused = new Set(
    ledgers
      .read('rejected')
      .filter(({ note }) => note.startsWith('EVENTS_NOT_STORED'))
      .map(({ id }) => id),
  );
  const doneRuns = ledgers.ids('done');
  const done = new Set(doneRuns);
  const dead = jobs.filter(isDead).map(({ task }) => task);
  const open = jobs.filter(isOpen).map(({ task }) => task);
  const stored = new Set([...jobs.map(({ task }) => task), ...done]);
  const there = new Set([...done, ...dead]);
  return {
    acknowledged: acked.size,
    lost: [...acked].filter((id) => !there.has(id) && !open.includes(id)),
    phantom: [...stored].filter((id) => !sent.has(id) || (refused.has(id) && !acked.has(id))),
    stuck: open,
    unacknowledged: [...stored].filter((id) => !acked.has(id)).length,
    repeated: doneRuns.length - done.size,
    split: findRepeated([...open, ...dead]),
    unhandled: ledgers.read('unhandled').map(({ note }) => note),
  };
}

/** Fails unless nothing was lost, invented or left behind, and no more was repeated than was under way. */
export function expectNothingLost(
  verdict: Verdict,
  { unacknowledged = 0, repeated = 0 }: Allowance = {},
): void {
  const { acknowledged: _, unacknowledged: __, repeated: ___, ...rest } = verdict;
  expect(rest).toEqual({ lost: [], phantom: [], stuck: [], split: [], unhandled: [] });
  expect(verdict.unacknowledged).toBeLessThanOrEqual(unacknowledged);
  expect(verdict.repeated).toBeLessThanOrEqual(repeated);
}

/** For the matrix. */
export function describeVerdict({ acknowledged, lost, repeated }: Verdict, kills = 0): string {
  return `${kills === 0 ? '' : `${kills} kills, `}${acknowledged} acknowledged, ${lost.length} lost, ${repeated} repeated`;
}

export function isDead({ name }: JobRow): boolean {
  return name === 'queue/dead';
}

/** What is still to be run, or runs. */
export function isOpen({ name, state }: JobRow): boolean {
  return name !== 'queue/dead' && (state === 'created' || state === 'retry' || state === 'active');
}

function findRepeated(ids: readonly string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}
