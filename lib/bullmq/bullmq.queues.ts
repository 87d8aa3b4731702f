import { createRequire } from 'node:module';
import type { Queue } from 'bullmq';
import type { QueueDefinition } from '../queue/worker-creator.js';
import type { ResolvedBullMqOptions } from './bullmq-options.js';
import { QueueLink } from './queue-link.js';
import type { RedisLink } from './redis/redis-link.js';

const require = createRequire(import.meta.url);
const DEFAULT_EVENTS = 10_000;

/** The queues of a store, and what is known of them. */
export class BullMqQueues {
  private readonly links = new Map<string, QueueLink>();
  private readonly exposed = new Map<string, Queue>();

  constructor(
    private readonly redis: RedisLink,
    private readonly options: ResolvedBullMqOptions,
    /** Hears of a queue that was gone, and was created anew. */
    private readonly onLost: (queue: string) => void,
  ) {}

  /** Where it is announced that there is something to do in a queue. */
  get channel(): string {
    return this.registry;
  }

  get(name: string): QueueLink {
    let link = this.links.get(name);
    if (link === undefined) {
      link = new QueueLink(this.redis, this.options.prefix, name, this.channel, this.onLost);
      this.links.set(name, link);
    }
    return link;
  }

  /** Makes a queue known, and keeps it in step with its definition where it is worked. */
  async define(definition: QueueDefinition, isOwner: boolean): Promise<void> {
    const { name, deadLetterQueue, retries, keepCompletedSeconds } = definition;
    const { metrics, streams } = this.options.bullmq;
    const events = streams?.events.maxLen ?? DEFAULT_EVENTS;
    const settings = {
      attempts: retries + 1,
      keep: keepCompletedSeconds,
      dead: deadLetterQueue,
      metrics: metrics?.maxDataPoints ?? '',
      events,
    };
    await this.get(name).define([
      this.registry,
      name,
      isOwner ? '1' : '0',
      `bullmq:${getBullMqVersion()}`,
      String(events),
      ...Object.entries(settings).flatMap(([field, value]) => [field, String(value)]),
    ]);
  }

  /** The names of all that were ever defined. */
  async list(): Promise<string[]> {
    return (await this.redis.do((client) => client.smembers(this.registry))).toSorted();
  }

  async findByDeadLetterQueue(deadLetterQueue: string): Promise<string[]> {
    const all = await this.listDeadLetterQueues();
    return [...all].flatMap(([name, dead]) => (dead === deadLetterQueue ? [name] : []));
  }

  /** Where the dead letters of each go. */
  async listDeadLetterQueues(): Promise<ReadonlyMap<string, string>> {
    const names = await this.list();
    const found = await Promise.all(
      names.map(async (name): Promise<[string, string]> => {
        const key = `${this.get(name).base}event-drivers`;
        return [name, (await this.redis.do((client) => client.hget(key, 'dead'))) ?? ''];
      }),
    );
    return new Map(found);
  }

  async isPaused(name: string): Promise<boolean> {
    const key = `${this.get(name).base}meta`;
    return (await this.redis.do((client) => client.hexists(key, 'paused'))) === 1;
  }

  /** BullMQ's own face of a queue, on the connection that there is. */
  expose(name: string, onError: (error: unknown) => void): Queue {
    let queue = this.exposed.get(name);
    if (queue === undefined) {
      const { Queue: BullQueue } = require('bullmq') as typeof import('bullmq');
      queue = new BullQueue(name, {
        connection: this.redis.client,
        prefix: this.options.prefix,
        skipMetasUpdate: true,
        skipVersionCheck: true,
      });
      queue.on('error', onError);
      this.exposed.set(name, queue);
    }
    return queue;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.exposed.values()].map((queue) => queue.close()));
  }

  private get registry(): string {
    return `${this.options.prefix}:event-drivers`;
  }
}

let version: string | undefined;

function getBullMqVersion(): string {
  return (version ??= (require('bullmq/package.json') as { version: string }).version);
}
