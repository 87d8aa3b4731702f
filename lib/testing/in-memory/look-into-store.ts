import type { DeliveryCount } from '../../queue/worker-creator.js';
import type { Writable } from '../../utils/writable.js';
import type { InMemoryStore } from './in-memory.store.js';
import type { Job } from './job.js';

/** A delivery that is neither done nor given up. */
export interface PendingDelivery {
  readonly id: string;
  readonly queue: string;
  /** The name of the event. */
  readonly event: string;
  /** The id of the listener; absent for the event's own `execute()`. */
  readonly listener?: string;
  readonly state: 'ready' | 'delayed' | 'active';
  /** Since when, or from when on, it may run. */
  readonly dueAt: Date;
}

type Counts = Writable<DeliveryCount>;

const NONE = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };

/** Tells where a delivery is that has not been given up. */
export type ToState = (job: Job) => 'ready' | 'delayed' | 'active' | 'completed';

export function countDeliveries(
  store: InMemoryStore,
  queues: readonly string[],
  toState: ToState,
): DeliveryCount[] {
  const counts = new Map<string, Counts>();
  const get = ({ queue, delivery: { data } }: Job): Counts => {
    const { event, listener } = data;
    const key = JSON.stringify([queue, event, listener]);
    const count = counts.get(key) ?? { queue, event, listener, ...NONE };
    counts.set(key, count);
    return count;
  };
  for (const queue of queues) {
    for (const job of store.getJobs(queue)) if (job.state !== 'dead') get(job)[toState(job)]++;
  }
  for (const { queue, job } of store.letters.all()) if (queues.includes(queue)) get(job).failed++;
  return [...counts.values()];
}

/** In the order in which they were stored. */
export function listPending(store: InMemoryStore, toState: ToState): PendingDelivery[] {
  const pending: PendingDelivery[] = [];
  for (const queue of store.queues.keys()) {
    for (const job of store.getJobs(queue)) {
      const state = job.state === 'dead' ? 'completed' : toState(job);
      if (state !== 'completed') pending.push(toPending(job, state));
    }
  }
  return pending;
}

function toPending(
  { id, queue, delivery, notBefore }: Job,
  state: PendingDelivery['state'],
): PendingDelivery {
  const { event, listener } = delivery.data;
  return {
    id,
    queue,
    event,
    ...(listener === undefined ? {} : { listener }),
    state,
    dueAt: new Date(notBefore),
  };
}
