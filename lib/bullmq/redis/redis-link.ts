import { StoreTimeoutError } from '../../errors/index.js';
import { waitAtMost } from '../../utils/wait-at-most.js';
import { SCRIPTS, type ScriptName } from '../scripts/index.js';
import { ConnectionState } from './connection-state.js';
import type { RedisClient } from './create-client.js';
import { PendingAnswers } from './pending-answers.js';
import { toCommandError } from './redis-errors.js';

type ScriptCall = (args: readonly string[]) => Promise<unknown>;

/**
 * A connection to Redis. Every call settles in time: while there is no server, it rejects at once with the reason; a
 * server that does not answer is taken for dead; and what was sent over a connection that is gone has no answer.
 */
export class RedisLink {
  private readonly scripts = new Map<ScriptName, ScriptCall>();
  private readonly state: ConnectionState;
  private readonly answers = new PendingAnswers();

  constructor(
    readonly client: RedisClient,
    readonly storeName: string,
    readonly timeoutMs: number,
    onError: (error: unknown) => void,
  ) {
    for (const [name, create] of Object.entries(SCRIPTS)) {
      const command = `eventDrivers:${name}`;
      client.defineCommand(command, { numberOfKeys: 2, lua: create() });
      const call = (client as unknown as Record<string, ScriptCall>)[command]!;
      this.scripts.set(name as ScriptName, call.bind(client));
    }
    this.state = new ConnectionState(client, storeName, timeoutMs, onError);
  }

  /** Resolves once it is connected. Rejects with the reason why it cannot be, which is told to nobody else. */
  connect(): Promise<void> {
    return this.state.open();
  }

  /** Runs a script; the first two of the arguments are its keys. */
  run<T>(script: ScriptName, args: readonly string[], timeoutMs = this.timeoutMs): Promise<T> {
    return this.do(() => this.scripts.get(script)!(args) as Promise<T>, timeoutMs);
  }

  /** Sends a command. */
  async do<T>(send: (client: RedisClient) => Promise<T>, timeoutMs = this.timeoutMs): Promise<T> {
    const until = performance.now() + timeoutMs;
    if (!this.state.isReady) await this.state.untilReady(timeoutMs);
    return this.answers.wait(send(this.client), until, toCommandError, () => {
      // It may be half open: nothing tells, but that no answer comes.
      this.state.drop();
      return new StoreTimeoutError(this.storeName, timeoutMs, true);
    });
  }

  /** Ends it: in order, where the server answers soon enough. */
  async close(deadlineMs: number): Promise<void> {
    const { client, state } = this;
    if (state.end()) await waitAtMost(deadlineMs, client.quit());
    if (client.status !== 'end') client.disconnect();
  }
}
