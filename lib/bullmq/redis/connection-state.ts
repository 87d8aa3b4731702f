import { describeThrown, StoreClosedError, StoreTimeoutError } from '../../errors/index.js';
import type { RedisClient } from './create-client.js';
import { limitHandshake } from './limit-handshake.js';
import { NotSentError, toReason } from './redis-errors.js';

/** Whether there is a connection to be had, and why not. */
export class ConnectionState {
  /** Those that wait for a connection. */
  private readonly waiting = new Set<(error?: Error) => void>();
  private lastError: Error | undefined;
  /** Whether this very connection has been of use. */
  private wasReady = false;
  private wasOpened = false;
  /** It is of no use any more, and not closed yet. */
  private isDropped = false;
  private isEnded = false;

  constructor(
    private readonly client: RedisClient,
    private readonly storeName: string,
    private readonly timeoutMs: number,
    /** Hears what goes wrong with a connection that was open before. */
    private readonly onError: (error: unknown) => void,
  ) {
    limitHandshake(client, timeoutMs);
    client.on('ready', () => this.noteReady());
    client.on('error', (error: Error) => this.noteError(error));
    client.on('close', () => this.noteClose());
    client.on('end', () => this.noteFailure(this.lastError ?? new Error('the connection has ended')));
  }

  get isReady(): boolean {
    return this.client.status === 'ready' && !this.isDropped;
  }

  /** Connects. Rejects with the reason why it cannot, which is told to nobody else. */
  async open(): Promise<void> {
    const { client } = this;
    client.connect().catch((error: Error) => this.noteFailure(this.lastError ?? error));
    await this.untilReady(this.timeoutMs);
    this.wasOpened = true;
  }

  /** Only those wait for whom there is still hope: once it could not be connected, nobody does until it is. */
  untilReady(timeoutMs: number): Promise<void> {
    if (this.isReady) return Promise.resolve();
    if (this.isEnded) return Promise.reject(new StoreClosedError(this.storeName));
    if (this.lastError !== undefined) return Promise.reject(toNotSent(this.lastError));
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(settle);
        reject(new StoreTimeoutError(this.storeName, timeoutMs, false));
      }, timeoutMs);
      this.waiting.add(settle);
    });
  }

  /** Has a connection made anew that does not answer. */
  drop(): void {
    if (!this.isReady || this.isEnded) return;
    this.isDropped = true;
    this.client.disconnect(true);
  }

  /** It is to be closed for good. @returns whether it is there */
  end(): boolean {
    const isOpen = this.isReady && !this.isEnded;
    this.isEnded = true;
    this.settleWaiting(new StoreClosedError(this.storeName));
    return isOpen;
  }

  private noteReady(): void {
    this.lastError = undefined;
    this.wasReady = true;
    this.settleWaiting();
  }

  private noteError(error: Error): void {
    const reason = toReason(error);
    // Once it is closed, it comes too late for anybody.
    if (this.wasOpened && !this.isEnded) this.onError(reason);
    if (!this.isReady) this.noteFailure(reason);
  }

  /** One that was of use is there again in a moment; one that never was will hardly do better. */
  private noteClose(): void {
    if (!this.wasReady) this.noteFailure(this.lastError ?? new Error('the server closed the connection'));
    this.wasReady = false;
    this.isDropped = false;
  }

  private noteFailure(reason: Error): void {
    this.lastError = reason;
    this.settleWaiting(toNotSent(reason));
  }

  private settleWaiting(error?: Error): void {
    for (const settle of this.waiting) settle(error);
    this.waiting.clear();
  }
}

function toNotSent(reason: Error): NotSentError {
  return new NotSentError(describeThrown(reason), { cause: reason });
}
