import { StoreTimeoutError } from '../../errors/index.js';
import { waitAtMost } from '../../utils/wait-at-most.js';
import { SCRIPTS, type ScriptName } from '../scripts/index.js';
import { ConnectionState } from './connection-state.js';
import type { RedisClient } from './create-client.js';
import { toCommandError } from './redis-errors.js';

type ScriptCall = (args: readonly string[]) => Promise<unknown>;

/**
 * A connection to Redis. Every call settles in time: while there is no server, it rejects at once with the reason; a
 * server that does not answer is taken for dead; and what was sent over a connection that is gone has no answer.
 */
export class RedisLink {
  private readonly state: ConnectionState;

  constructor(
    readonly client: RedisClient,
    readonly storeName: string,
    readonly timeoutMs: number,
    onError: (error: unknown) => void,
  ) {
    for (const [name, create] of Object.entries(SCRIPTS)) {
      client.defineCommand(toCommand(name as ScriptName), { numberOfKeys: 2, lua: create() });
    }
    this.state = new ConnectionState(client, storeName, timeoutMs, onError);
  }

  /** Resolves once it is connected. Rejects with the reason why it cannot be, which is told to nobody else. */
  connect(): Promise<void> {
    return this.state.open();
  }

  /** Runs a script; the first two of the arguments are its keys. */
  run<T>(script: ScriptName, args: readonly string[], timeoutMs = this.timeoutMs): Promise<T> {
    return this.do((client) => {
      const call = (client as unknown as Record<string, ScriptCall>)[toCommand(script)]!;
      return call.call(client, args) as Promise<T>;
    }, timeoutMs);
  }

  /** Sends a command. */
  async do<T>(send: (client: RedisClient) => Promise<T>, timeoutMs = this.timeoutMs): Promise<T> {
    const started = performance.now();
    if (!this.state.isReady) await this.state.untilReady(timeoutMs);
    const left = Math.max(timeoutMs - (performance.now() - started), 1);
    return this.untilAnswered(send(this.client), left, timeoutMs);
  }

  /** Ends it: in order, where the server answers soon enough. */
  async close(deadlineMs: number): Promise<void> {
    const { client, state } = this;
    if (state.end()) await waitAtMost(deadlineMs, client.quit());
    if (client.status !== 'end') client.disconnect();
  }

  private untilAnswered<T>(answer: Promise<T>, leftMs: number, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const giveUp = (): void => {
        if (isAnswered) return;
        reject(new StoreTimeoutError(this.storeName, timeoutMs, true));
        // It may be half open: nothing tells, but that no answer comes.
        this.state.drop();
      };
      // Where the process has been busy all the time, the answer may be there already, and not read yet.
      const timer = setTimeout(() => setImmediate(giveUp), leftMs);
      const end = (): void => {
        isAnswered = true;
        clearTimeout(timer);
      };
      answer.then(resolve, (error: unknown) => reject(toCommandError(error))).finally(end);
    });
  }
}

function toCommand(script: ScriptName): string {
  return `eventDrivers:${script}`;
}
