import type { StoredData, StoredError } from 'nestjs-event-drivers';

/** A delivery is to be made. */
export interface StoredRecord {
  readonly type: 'stored';
  readonly id: string;
  readonly data: StoredData;
  /** How often to try again after the first attempt. */
  readonly retries: number;
  /** How often it has been tried. */
  readonly attempts: number;
  /** Not before this time, in milliseconds since 1970; at once if absent. */
  readonly dueAt?: number;
  /** Why it was given up, and when, if it was. */
  readonly givenUp?: GivenUp;
}

export interface GivenUp {
  readonly error: StoredError;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** What has become of a delivery. */
export type OutcomeRecord =
  | { readonly type: 'done'; readonly id: string }
  | { readonly type: 'later'; readonly id: string; readonly attempts: number; readonly dueAt: number }
  | { readonly type: 'given-up'; readonly id: string; readonly attempts: number; readonly givenUp: GivenUp }
  | { readonly type: 'redriven'; readonly id: string }
  | { readonly type: 'purged'; readonly id: string };

/** What the journal is made of. */
export type JournalRecord = StoredRecord | OutcomeRecord;
