import type { RedisLink } from './redis/redis-link.js';
import type { ScriptName } from './scripts/index.js';

/** One queue in Redis. */
export class QueueLink {
  /** What all keys of the queue begin with. */
  readonly base: string;

  constructor(
    private readonly redis: RedisLink,
    prefix: string,
    readonly name: string,
    /** Where it is announced that there is something to do. */
    private readonly channel: string,
  ) {
    this.base = `${prefix}:${name}:`;
  }

  /** Runs a script that may have something to announce. */
  call<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    return this.redis.run<T>(script, [this.base, this.channel, this.name, ...args], timeoutMs);
  }

  /** Runs a script that announces nothing. */
  callPlain<T>(script: ScriptName, args: readonly string[], timeoutMs?: number): Promise<T> {
    return this.redis.run<T>(script, [this.base, ...args], timeoutMs);
  }

  /** Runs a script with arguments that begin with room for the key, the channel and the name. */
  callWith<T>(script: ScriptName, args: string[]): Promise<T> {
    args[0] = this.base;
    args[1] = this.channel;
    args[2] = this.name;
    return this.redis.run<T>(script, args);
  }
}
