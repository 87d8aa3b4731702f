import type { Cluster, Redis } from 'ioredis';
import { toTimer } from '../../utils/to-timer.js';
import { getPause, type RedisClient } from './create-client.js';
import { limitHandshake } from './limit-handshake.js';

interface SubscriberParts {
  readonly client: RedisClient;
  readonly channel: string;
  /** How long the server may take to answer, and how often it is asked whether it is still there. */
  readonly timeoutMs: number;
  /** Hears of which queue there is something to do. */
  readonly onMessage: (queue: string) => void;
  /** May have missed something. */
  readonly onReconnect: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Listens for what is announced, on a connection of its own: one that listens can do nothing else. Of a cluster it has
 * some node's, which all announcements come to.
 */
export class Subscriber {
  private connection: Redis | undefined;
  private readonly pings: NodeJS.Timeout;
  private again: NodeJS.Timeout | undefined;
  private failures = 0;
  private isClosed = false;

  /** Does not wait for the server: what is announced meanwhile is found by looking for it. */
  constructor(private readonly parts: SubscriberParts) {
    // A connection that only listens would never learn that nobody is there any more.
    this.pings = setInterval(() => void this.ping(), toTimer(parts.timeoutMs));
    this.connect();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.pings);
    clearTimeout(this.again);
    this.connection?.disconnect();
  }

  private connect(): void {
    const { client, timeoutMs, onMessage, onError } = this.parts;
    const connection = duplicate(client);
    this.connection = connection;
    if (connection === undefined) {
      this.connectAgain();
      return;
    }
    limitHandshake(connection, timeoutMs);
    connection.on('error', (error: unknown) => {
      if (!this.isClosed) onError(error);
    });
    connection.on('message', (_channel: string, queue: string) => onMessage(queue));
    connection.on('ready', () => void this.subscribe(connection));
    connection.on('end', () => this.connectAgain());
    connection.connect().catch(() => undefined);
  }

  private connectAgain(): void {
    if (this.isClosed) return;
    this.again = setTimeout(() => this.connect(), getPause(++this.failures));
  }

  private async subscribe(connection: Redis): Promise<void> {
    try {
      await connection.subscribe(this.parts.channel);
      this.failures = 0;
      this.parts.onReconnect();
    } catch (error) {
      if (this.isClosed) return;
      this.parts.onError(error);
      connection.disconnect();
    }
  }

  private async ping(): Promise<void> {
    const { connection } = this;
    if (connection?.status !== 'ready') return;
    const timer = setTimeout(() => connection.disconnect(), toTimer(this.parts.timeoutMs));
    await connection.ping().catch(() => undefined);
    clearTimeout(timer);
  }
}

/** A connection that is made anew by us: of a cluster, to whichever node is there then. */
function duplicate(client: RedisClient): Redis | undefined {
  const nodes = client.isCluster ? (client as Cluster).nodes('master') : [client as Redis];
  const node = nodes[Math.floor(Math.random() * nodes.length)];
  return node?.duplicate({
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    retryStrategy: () => null,
  });
}
