import type { DeliveryCount } from '../queue/worker-creator.js';
import type { StoredData } from '../queue/stored-delivery.js';
import type { Writable } from '../utils/writable.js';
import { toData } from './bullmq.mapper.js';
import type { QueueLink } from './queue-link.js';

/** As many are counted in one call, in which Redis does nothing else. */
const MAX_AT_ONCE = 10_000;
const PAGE_SIZE = 2000;

type State = 'ready' | 'delayed' | 'active' | 'completed' | 'failed';
type Counts = Writable<DeliveryCount>;

/** Counts the deliveries of a queue: those of a long one page by page, while they go on moving. */
export async function countQueue(link: QueueLink, timeoutMs: number): Promise<DeliveryCount[]> {
  const [, ...counted] = await link.callPlain<[number, ...NamedCount[]]>(
    'count',
    [String(MAX_AT_ONCE)],
    timeoutMs,
  );
  const total = new Totals(link.name);
  const isCounted = counted.length > 0;
  for (const [name, delivery, ...counts] of counted) {
    const count = total.get(name, delivery);
    STATES.forEach((state, index) => (count[state] += counts[index]!));
  }
  if (!isCounted) await countByPage(link, timeoutMs, total);
  return total.all;
}

/** What the script gives for each name. */
type NamedCount = [name: string, delivery: string, ...counts: number[]];

const STATES: readonly State[] = ['ready', 'delayed', 'active', 'completed', 'failed'];

const PLACES: readonly (readonly [kind: 'list' | 'set', name: string, state: State])[] = [
  ['list', 'wait', 'ready'],
  ['list', 'paused', 'ready'],
  ['set', 'prioritized', 'ready'],
  ['set', 'waiting-children', 'ready'],
  ['set', 'delayed', 'delayed'],
  ['list', 'active', 'active'],
  ['set', 'completed', 'completed'],
  ['set', 'failed', 'failed'],
];

async function countByPage(link: QueueLink, timeoutMs: number, total: Totals): Promise<void> {
  for (const [kind, place, state] of PLACES) {
    for (let from = 0; ; from += PAGE_SIZE) {
      const args = [kind, place, String(from), String(from + PAGE_SIZE - 1)];
      const [now, ...jobs] = await link.callPlain<[number, ...PageEntry[]]>('readState', args, timeoutMs);
      for (const [name, delivery, timestamp, delay] of jobs) {
        const isLater = Number(timestamp) + Number(delay) > now;
        const mayWait = place === 'delayed' || place === 'waiting-children';
        total.get(name ?? '', delivery ?? '')[mayWait ? (isLater ? 'delayed' : 'ready') : state]++;
      }
      if (jobs.length < PAGE_SIZE) break;
    }
  }
}

type PageEntry = [
  name: string | null,
  delivery: string | null,
  timestamp: string | null,
  delay: string | null,
];

class Totals {
  private readonly byName = new Map<string, Counts>();

  constructor(private readonly queue: string) {}

  get all(): DeliveryCount[] {
    return [...this.byName.values()];
  }

  get(name: string, delivery: string): Counts {
    let count = this.byName.get(name);
    if (count === undefined) {
      // There may be anything, if other hands have been there.
      const { event = name, listener } = (toData(name, '', delivery) as StoredData | null) ?? {};
      const zero = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
      count = { queue: this.queue, event, listener, ...zero };
      this.byName.set(name, count);
    }
    return count;
  }
}
