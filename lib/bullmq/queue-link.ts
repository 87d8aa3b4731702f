import { isNoQueue } from './redis/redis-errors.js';
import type { RedisLink } from './redis/redis-link.js';
import type { ScriptName } from './scripts/index.js';

/** One queue in Redis. */
export class QueueLink {
  /** What all keys of the queue begin with. */
  readonly base: string;

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
  }

  /** Makes it known. Should Redis lose what it has, it is made known anew. */
  async define(definition: readonly string[]): Promise<void> {
    this.definition = definition;
    await this.redis.run('define', [this.base, ...definition]);
  }

  /** Runs a script that may have something to announce. */
  call<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    return this.run<T>(script, [this.base, this.channel, this.name, ...args], timeoutMs);
  }

  /** Runs a script that announces nothing. */
  callPlain<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    return this.run<T>(script, [this.base, ...args], timeoutMs);
  }

  /** Runs a script with arguments that begin with room for the key, the channel and the name. */
  callWith<T>(script: ScriptName, args: string[]): Promise<T> {
    args[0] = this.base;
    args[1] = this.channel;
    args[2] = this.name;
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
