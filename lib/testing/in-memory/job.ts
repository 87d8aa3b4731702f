import type { StoredDelivery } from '../../queue/stored-delivery.js';
import type { DeadLetter } from '../../queue/worker-creator.js';

/** An engine on a store, as a process of its own. */
export interface Owner {
  /** Since when it gives no signs of life: it is closed, or cut off. */
  silentSince: number | undefined;
  /** Whether it is closed, or cut off from its store: it takes nothing, and can record nothing. */
  isCutOff: boolean;
  /** Whether to it all is due at once. */
  readonly isInstant: boolean;
}

/** A delivery in the hand of an engine. Each time it is given out is another. */
export interface Run {
  readonly owner: Owner;
}

/** A delivery in a store. */
export interface Job {
  readonly id: string;
  readonly queue: string;
  readonly delivery: StoredDelivery;
  /** Tells what was stored before what. */
  readonly position: number;
  readonly priority: number;
  readonly maxAttempts: number;
  state: 'waiting' | 'active' | 'completed' | 'dead';
  /** How many runs have used up an attempt, the current one included. */
  attempt: number;
  /** How often it was postponed since the last outcome of another kind. */
  postponements: number;
  notBefore: number;
  run: Run | undefined;
}

/** A dead letter, with what it was made of. */
export interface Letter extends DeadLetter {
  readonly deadLetterQueue: string;
  readonly job: Job;
}

/** As it comes back from a store: nothing of it is shared with whoever stored it. */
export function copyJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** As whoever looks through the dead letters gets it. */
export function toDeadLetter({ id, queue, data, error, attempts, failedAt }: Letter): DeadLetter {
  return { id, queue, data: copyJson(data), error: copyJson(error), attempts, failedAt: new Date(failedAt) };
}
