import { isNoQueue } from './redis/redis-errors.js';
import type { RedisLink } from './redis/redis-link.js';
import type { ScriptName } from './scripts/index.js';

/** One queue in Redis. */
export class QueueLink {
  /** What all keys of the queue begin with. */
  readonly base: string;
  /**
   * What every script is called with: besides what all keys begin with, one that is there. A node of a cluster that is
   * handing the slot over to another one then lets nobody in until that is done.
   */
  private readonly keys: readonly [string, string];

  private definition: readonly string[] | undefined;

  constructor(
    private readonly redis: RedisLink,
    prefix: string,
    readonly name: string,
    /** Where it is announced that there is something to do. */
    private readonly channel: string,
    /** Hears that it was gone, and was created anew. */
    private readonly onLost: (queue: string) => void,
  ) {
    this.base = `${prefix}:${name}:`;
    this.keys = [this.base, `${this.base}event-drivers`];
  }

  /** Makes it known. Should Redis lose what it has, it is made known anew. */
  async define(definition: readonly string[]): Promise<void> {
    this.definition = definition;
    await this.redis.run('define', [...this.keys, ...definition]);
  }

  /** Runs a script that may have something to announce. */
  call<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    return this.run<T>(script, [...this.keys, this.channel, this.name, ...args], timeoutMs);
  }

  /** Runs a script that announces nothing. */
  callPlain<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    return this.run<T>(script, [...this.keys, ...args], timeoutMs);
  }

  /** Runs a script with arguments that begin with room for the keys, the channel and the name. */
  callWith<T>(script: ScriptName, args: string[]): Promise<T> {
    [args[0], args[1]] = this.keys;
    args[2] = this.channel;
    args[3] = this.name;
    return this.run<T>(script, args);
  }

  private async run<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    try {
      return await this.redis.run<T>(script, args, timeoutMs);
    } catch (error) {
      if (this.definition === undefined || !isNoQueue(error)) throw error;
      await this.define(this.definition);
      this.onLost(this.name);
      return this.redis.run<T>(script, args, timeoutMs);
    }
  }
}
