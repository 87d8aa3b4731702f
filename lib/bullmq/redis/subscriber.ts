import type { Redis } from 'ioredis';
import { toTimer } from '../../utils/to-timer.js';
import { duplicate, type RedisClient } from './create-client.js';

/** How often to ask whether the server is still there: a connection that only listens would never learn it. */
const PING_MS = 5000;

interface SubscriberParts {
  readonly client: RedisClient;
  readonly channel: string;
  readonly timeoutMs: number;
  /** Hears of which queue there is something to do. */
  readonly onMessage: (queue: string) => void;
  /** May have missed something. */
  readonly onReconnect: () => void;
  readonly onError: (error: unknown) => void;
}

/** Listens for what is announced, on a connection of its own: one that listens can do nothing else. */
export class Subscriber {
  private readonly connection: Redis;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly parts: SubscriberParts) {
    const { onMessage, onReconnect, onError, client } = parts;
    this.connection = duplicate(client, {
      // It subscribes again by itself, once it is connected again.
      autoResubscribe: true,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
    }) as Redis;
    this.connection.on('error', onError);
    this.connection.on('message', (_channel: string, queue: string) => onMessage(queue));
    this.connection.on('ready', onReconnect);
    this.timer = setInterval(() => void this.ping(), PING_MS);
  }

  /** Does not wait for the server: what is announced meanwhile is found by looking for it. */
  start(): void {
    const { channel, onError, onReconnect } = this.parts;
    this.connection.subscribe(channel).then(onReconnect, onError);
  }

  close(): void {
    clearInterval(this.timer);
    this.connection.on('error', () => {});
    this.connection.disconnect();
  }

  private async ping(): Promise<void> {
    if (this.connection.status !== 'ready') return;
    const timer = setTimeout(() => this.connection.disconnect(true), toTimer(this.parts.timeoutMs));
    await this.connection.ping().catch(() => undefined);
    clearTimeout(timer);
  }
}
