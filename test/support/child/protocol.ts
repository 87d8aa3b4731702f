import type { BullMqOptions } from 'nestjs-event-drivers/bullmq';
import type { PgBossOptions } from 'nestjs-event-drivers/pg-boss';
import type { ArmedFailpoint } from './failpoints.js';

/** What the listener of a child does with a task. */
export type Behaviour =
  /** Nothing. The default. */
  | 'succeed'
  | 'fail'
  /** Fails for good. */
  | 'refuse'
  /** Fails unless it was called with this id before, by any process. */
  | 'fail-once'
  /** Never resolves. */
  | 'hang'
  /** Never resolves, unless it was called with this id before, by any process. */
  | 'hang-once'
  /** Blocks the event loop for `ms`. */
  | 'block'
  /** Takes `ms`, whatever becomes of its signal. */
  | 'work'
  /** Ends its process before it is done. */
  | 'die'
  /** Ends its process when it is done, but before that is recorded; the second time it lets it live. */
  | 'die-when-done'
  /** Dispatches another task, `<id>-child`, after `ms`. */
  | 'dispatch';

export interface TaskPayload {
  readonly id: string;
  readonly behaviour?: Behaviour;
  readonly ms?: number;
  /** Where its effect is written, in the transaction that completes it; without it, it has none. */
  readonly table?: string;
  /** To make it big. */
  readonly filler?: string;
  /** Has it heard by five listeners instead, of which this one behaves like that; the others succeed. */
  readonly listener?: number;
}

/** Which application a child is. */
export interface ChildConfig {
  /** The folder of its ledgers. */
  readonly ledgers: string;
  readonly store?: PgBossOptions;
  /** Where deliveries are stored instead: on Redis. */
  readonly redis?: BullMqOptions;
  /** How many applications there are in the process. The first one is told what to do. @default 1 */
  readonly applications?: number;
  /** Whether it works the queue. @default true */
  readonly workers?: boolean;
  readonly retries?: number;
  readonly runOnce?: boolean;
  readonly concurrency?: number;
  readonly timeout?: string;
  readonly heartbeat?: string;
  readonly storeTimeoutMs?: number;
  readonly queues?: readonly string[];
  readonly shutdownTimeoutMs?: number;
  /** How wrong its clock is. @default 0 */
  readonly clockShiftMs?: number;
  /** Where it ends. */
  readonly failpoint?: ArmedFailpoint;
}

/** What a child is asked to do. */
export type Command =
  | {
      readonly dispatch: string;
      /** How many dispatches are waited for at a time. */
      readonly parallel: number;
      /** How many there are in all; without end if not given. */
      readonly count?: number;
      /** How long each waits before the next. @default 0 */
      readonly pauseMs?: number;
      /** How many are dispatched by one call. @default 1 */
      readonly batch?: number;
      readonly payload?: Omit<TaskPayload, 'id'>;
      readonly options?: Readonly<Record<string, unknown>>;
      /** Gives each task one of so many ordering keys, in turn. */
      readonly keys?: number;
      /** Dispatches in a transaction that has a row in this table for each, too. */
      readonly outbox?: string;
      /** For how long such a transaction is kept open at most. @default 0 */
      readonly holdMs?: number;
      /** Whether that is rolled back in the end. @default false */
      readonly isRolledBack?: boolean;
      /** Gives each task an idempotency key, its id. */
      readonly isIdempotent?: boolean;
    }
  /** Puts all dead letters back. */
  | { readonly redrive: true }
  /** Counts the deliveries. */
  | { readonly count: true }
  | { readonly close: true };

/** What a child tells. */
export type Report =
  | { readonly ready: true }
  | { readonly dispatched: string }
  /** How many were put back, from one step to the next. */
  | { readonly redriven: number }
  /** How many are not done, -1 if they cannot be counted, and how many are dead letters. */
  | { readonly counted: { readonly open: number; readonly dead: number } }
  | { readonly closed: number }
  | { readonly failed: { readonly message: string; readonly code?: string; readonly afterMs: number } };

export type LedgerName =
  'sent' | 'acked' | 'rejected' | 'started' | 'done' | 'aborted' | 'unhandled' | 'logged';
