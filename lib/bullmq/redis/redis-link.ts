import { describeThrown, StoreClosedError, StoreTimeoutError } from '../../errors/index.js';
import { waitAtMost } from '../../utils/wait-at-most.js';
import { SCRIPTS, type ScriptName } from '../scripts/index.js';
import type { RedisClient } from './create-client.js';

type ScriptCall = (args: readonly string[]) => Promise<unknown>;

/** A command that could not be sent: it is certain that it has had no effect. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/**
 * A connection to Redis. Every call settles in time: while there is no server, it rejects at once with the reason, and
 * a server that does not answer is taken for dead.
 */
export class RedisLink {
  private readonly waiting = new Set<(error?: Error) => void>();
  private lastError: Error | undefined;
  private isClosed = false;

  constructor(
    readonly client: RedisClient,
    readonly storeName: string,
    readonly timeoutMs: number,
    onError: (error: unknown) => void,
  ) {
    for (const [name, create] of Object.entries(SCRIPTS)) {
      client.defineCommand(toCommand(name as ScriptName), { numberOfKeys: 1, lua: create() });
    }
    client.on('ready', () => this.noteReady());
    client.on('error', (error: Error) => {
      this.noteError(error);
      onError(error);
    });
    client.on('end', () => this.noteError(new Error('the connection has ended')));
  }

  /** Resolves once it is connected. Rejects with the reason why it cannot be. */
  async connect(): Promise<void> {
    const { client } = this;
    if (client.status === 'wait') client.connect().catch((error: Error) => this.noteError(error));
    await this.untilReady(this.timeoutMs);
  }

  /** Runs a script; the first of the arguments is its key. */
  run<T>(script: ScriptName, args: readonly string[], timeoutMs = this.timeoutMs): Promise<T> {
    return this.do((client) => {
      const call = (client as unknown as Record<string, ScriptCall>)[toCommand(script)]!;
      return call.call(client, args) as Promise<T>;
    }, timeoutMs);
  }

  /** Sends a command. */
  async do<T>(send: (client: RedisClient) => Promise<T>, timeoutMs = this.timeoutMs): Promise<T> {
    const started = performance.now();
    if (!this.isReady) await this.untilReady(timeoutMs);
    const left = Math.max(timeoutMs - (performance.now() - started), 1);
    return this.withDeadline(send(this.client), left, timeoutMs);
  }

  /** Ends it: in order, where the server answers soon enough. */
  async close(deadlineMs: number): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.settleWaiting(new StoreClosedError(this.storeName));
    const { client } = this;
    // It comes too late for anybody.
    client.on('error', () => {});
    if (this.isReady) await waitAtMost(deadlineMs, client.quit());
    client.disconnect();
  }

  private get isReady(): boolean {
    return this.client.status === 'ready';
  }

  private noteReady(): void {
    this.lastError = undefined;
    this.settleWaiting();
  }

  private noteError(error: Error): void {
    if (this.isReady) return;
    this.lastError = error;
    this.settleWaiting(toNotSent(error));
  }

  private settleWaiting(error?: Error): void {
    for (const settle of this.waiting) settle(error);
    this.waiting.clear();
  }

  /** Only those wait for whom there is still hope: once it could not be connected, nobody does until it is. */
  private untilReady(timeoutMs: number): Promise<void> {
    if (this.isReady) return Promise.resolve();
    if (this.isClosed) return Promise.reject(new StoreClosedError(this.storeName));
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

  private withDeadline<T>(answer: Promise<T>, leftMs: number, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StoreTimeoutError(this.storeName, timeoutMs, true));
        // It may be half open: nothing tells, but that no answer comes.
        if (this.isReady && !this.isClosed) this.client.disconnect(true);
      }, leftMs);
      answer.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function toNotSent(error: Error): NotSentError {
  return error instanceof NotSentError ? error : new NotSentError(describeThrown(error), { cause: error });
}

function toCommand(script: ScriptName): string {
  return `eventDrivers:${script}`;
}
