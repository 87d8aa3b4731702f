import type { DispatchOptions, IBaseEvent } from '../../index.js';
import type { Cause } from './activity.js';

/** An event that was dispatched. */
export interface DispatchRecord<TEvent extends IBaseEvent = IBaseEvent> {
  readonly event: TEvent;
  /** What the dispatch asked for, besides the event. */
  readonly options: Readonly<DispatchOptions>;
  /** The listener whose run has dispatched it, by its id; `undefined` for whatever else has. */
  readonly causedBy: string | undefined;
  /** Whether it was recorded and not delivered. */
  readonly isFaked: boolean;
  /** Whether the dispatch has ended, and how. */
  status: 'pending' | 'resolved' | 'rejected';
  /** What it rejected with. */
  error?: unknown;
}

/** A run of a delivery, from its beginning to its end. */
export interface RunRecord {
  /** As the listener was given it: after a queue that is another object than the one dispatched. */
  readonly event: IBaseEvent;
  /** A run that nobody waits for any more, because it takes too long, has failed, whatever becomes of it. */
  status: 'running' | 'succeeded' | 'failed';
  /** What it threw, or why it is not waited for. */
  error?: unknown;
}

/** The delivery of an event to a listener, or of its own work. */
export interface DeliveryRecord {
  /** As it was dispatched; as it was stored, if it was dispatched elsewhere. */
  readonly event: IBaseEvent;
  readonly eventId: string;
  readonly eventName: string;
  /** `undefined` for the event's own work. */
  readonly listenerId: string | undefined;
  /** The driver that was to deliver it, where that is known. */
  driver: string | undefined;
  /** One for each attempt. */
  readonly runs: RunRecord[];
  /** Where it is among the dead letters: why. */
  deadLetter: { readonly reason: string; readonly error: unknown } | undefined;
  /** @internal What it follows from. */
  cause: Cause | undefined;
}

/** Whether a delivery has come to its end, and which. */
export function getOutcome({
  runs,
  deadLetter,
}: DeliveryRecord): 'waiting' | 'running' | 'delivered' | 'failed' | 'dead-lettered' {
  if (deadLetter !== undefined) return 'dead-lettered';
  const last = runs.at(-1);
  if (last === undefined) return 'waiting';
  if (last.status === 'running') return 'running';
  return last.status === 'succeeded' ? 'delivered' : 'failed';
}
