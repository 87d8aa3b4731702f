import type { DeadLetter, DeadLetterFilter, DeliveryCount } from '../queue/worker-creator.js';
import { type DeadReply, toData, toDeadLetter } from './bullmq.mapper.js';
import type { BullMqQueues } from './bullmq.queues.js';
import { countQueue } from './count-queue.js';
import type { QueueLink } from './queue-link.js';

const PAGE_SIZE = 500;

/** A dead letter, and what it is called in its queue. */
interface Found {
  readonly letter: DeadLetter;
  readonly link: QueueLink;
  readonly id: string;
}

/** Looks into the queues, and moves what was given up. It may take several times as long as other calls. */
export class BullMqOperations {
  constructor(
    private readonly queues: BullMqQueues,
    private readonly timeoutMs: number,
  ) {}

  async count(names: readonly string[]): Promise<DeliveryCount[]> {
    const counts = await Promise.all(names.map((name) => countQueue(this.queues.get(name), this.timeoutMs)));
    return counts.flat();
  }

  async list(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<DeadLetter[]> {
    const found = await this.find(deadLetterQueue, filter);
    const start = found.findIndex(({ letter }) => letter.id === after) + 1;
    return found.slice(start, start + limit).map(({ letter }) => letter);
  }

  async preview(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    return (await this.find(deadLetterQueue, filter)).length;
  }

  redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.forEach(deadLetterQueue, filter, limit, (link, ids) =>
      link.call<number>('redrive', ids, this.timeoutMs),
    );
  }

  purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    return this.forEach(deadLetterQueue, filter, limit, (link, ids) =>
      link.callPlain<number>('purge', ids, this.timeoutMs),
    );
  }

  private async forEach(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    limit: number,
    act: (link: QueueLink, ids: string[]) => Promise<number>,
  ): Promise<number> {
    const found = (await this.find(deadLetterQueue, filter)).slice(0, limit);
    let total = 0;
    for (const [link, ofQueue] of Map.groupBy(found, ({ link: one }) => one)) {
      const ids = ofQueue.map(({ id }) => id);
      for (let from = 0; from < ids.length; from += PAGE_SIZE) {
        total += await act(link, ids.slice(from, from + PAGE_SIZE));
      }
    }
    return total;
  }

  /** All that match, of all queues, oldest first. */
  private async find(deadLetterQueue: string, filter: DeadLetterFilter): Promise<Found[]> {
    const names = await this.queues.findByDeadLetterQueue(deadLetterQueue);
    const isMeant = names.filter((name) => filter.queue === undefined || filter.queue === name);
    const found = await Promise.all(isMeant.map((name) => this.read(name, filter)));
    return found
      .flat()
      .toSorted((one, other) => one.letter.failedAt.getTime() - other.letter.failedAt.getTime());
  }

  private async read(name: string, filter: DeadLetterFilter): Promise<Found[]> {
    const link = this.queues.get(name);
    const found: Found[] = [];
    for (let from = 0; ; from += PAGE_SIZE) {
      const page = await link.callPlain<DeadReply[]>(
        'readDead',
        [String(from), String(from + PAGE_SIZE - 1)],
        this.timeoutMs,
      );
      for (const reply of page) {
        if (!matches(name, reply, filter)) continue;
        found.push({ letter: toDeadLetter(name, reply), link, id: reply[8] });
      }
      if (page.length < PAGE_SIZE) return found;
    }
  }
}

function matches(
  queue: string,
  reply: DeadReply,
  { ids, event, listener, before }: DeadLetterFilter,
): boolean {
  if (ids !== undefined && !ids.includes(`${queue}:${reply[8]}`)) return false;
  if (before !== undefined && Number(reply[6]) >= before.getTime()) return false;
  if (event === undefined && listener === undefined) return true;
  const data = toData(reply[0], '', reply[2]);
  return (event ?? data.event) === data.event && (listener ?? data.listener) === data.listener;
}
