import type { QueueDefinition } from 'nestjs-event-drivers';

/** A queue as an engine is to keep it, with whatever else is said about it. */
export function defineQueue(name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name,
    deadLetterQueue: `${name}/dead`,
    retries: 2,
    timeoutMs: 60_000,
    heartbeatMs: 30_000,
    keepCompletedSeconds: 3600,
    ...changes,
  };
}
