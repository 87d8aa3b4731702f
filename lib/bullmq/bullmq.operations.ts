import type { DeadLetter, DeadLetterFilter, DeliveryCount } from '../queue/worker-creator.js';
import { type DeadReply, toData, toDeadLetter } from './bullmq.mapper.js';
import type { BullMqQueues } from './bullmq.queues.js';
import { countQueue } from './count-queue.js';
import type { ForgottenQueues } from './forgotten-queues.js';
import type { QueueLink } from './queue-link.js';

const PAGE_SIZE = 500;

/** A dead letter, and what it is called in its queue. */
interface Found {
  readonly letter: DeadLetter;
  readonly link: QueueLink;
  readonly id: string;
}

/** Which dead letters are meant, besides those that match. */
interface Which {
  readonly isMeant?: (queue: string) => boolean;
  /** None that came before this one in its queue. */
  readonly after?: string | undefined;
}

/** Looks into the queues, and moves what was given up. It may take several times as long as other calls. */
export class BullMqOperations {
  constructor(
    private readonly queues: BullMqQueues,
    private readonly forgotten: ForgottenQueues,
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
    // Of the queue that the last one came from, what came before it need not be read.
    const found = await this.find(deadLetterQueue, filter, after === undefined ? limit : Infinity, { after });
    const start = found.findIndex(({ letter }) => letter.id === after) + 1;
    return found.slice(start, start + limit).map(({ letter }) => letter);
  }

  async preview(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    const found = await this.find(deadLetterQueue, filter);
    const left = found.map(({ link }) => link.name).filter((name) => this.isLeft(name, deadLetterQueue));
    this.forgotten.warnOfDeadLetters(deadLetterQueue, left);
    return found.length - left.length;
  }

  async redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const isMeant = (queue: string): boolean => !this.isLeft(queue, deadLetterQueue);
    const found = await this.find(deadLetterQueue, filter, limit, { isMeant });
    return forEachQueue(found, (link, ids) => link.call<number>('redrive', ids, this.timeoutMs));
  }

  async purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const found = await this.find(deadLetterQueue, filter, limit);
    return forEachQueue(found, (link, ids) => link.callPlain<number>('purge', ids, this.timeoutMs));
  }

  /** Nobody would run what is put back into a queue that no driver names. */
  private isLeft(queue: string, deadLetterQueue: string): boolean {
    return this.forgotten.isForgotten(queue, deadLetterQueue);
  }

  /** So many that match, of all queues, oldest first. */
  private async find(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    limit = Infinity,
    { isMeant = () => true, after = '' }: Which = {},
  ): Promise<Found[]> {
    const names = (await this.queues.findByDeadLetterQueue(deadLetterQueue))
      .filter((name) => filter.queue === undefined || filter.queue === name)
      .filter(isMeant);
    const found = await Promise.all(names.map((name) => this.read(name, filter, limit, after)));
    return found
      .flat()
      .toSorted((one, other) => one.letter.failedAt.getTime() - other.letter.failedAt.getTime())
      .slice(0, limit);
  }

  private async read(name: string, filter: DeadLetterFilter, limit: number, after: string): Promise<Found[]> {
    const link = this.queues.get(name);
    const origin = after.startsWith(`${name}:`) ? after.slice(name.length + 1) : '';
    const found: Found[] = [];
    for (let from = 0; ; from += PAGE_SIZE) {
      const page = await link.callPlain<DeadReply[]>(
        'readDead',
        [String(from), String(from + PAGE_SIZE - 1), origin],
        this.timeoutMs,
      );
      for (const reply of page) {
        if (!matches(name, reply, filter)) continue;
        found.push({ letter: toDeadLetter(name, reply), link, id: reply[8] });
      }
      if (page.length < PAGE_SIZE || found.length >= limit) return found;
    }
  }
}

async function forEachQueue(
  found: readonly Found[],
  act: (link: QueueLink, ids: string[]) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (const [link, ofQueue] of Map.groupBy(found, ({ link: one }) => one)) {
    const ids = ofQueue.map(({ id }) => id);
    for (let from = 0; from < ids.length; from += PAGE_SIZE) {
      total += await act(link, ids.slice(from, from + PAGE_SIZE));
    }
  }
  return total;
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
