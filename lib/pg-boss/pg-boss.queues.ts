import type { PgBoss, Queue } from 'pg-boss';
import type { QueueDefinition } from '../queue/worker-creator.js';
import { ORDERED_SUFFIX, toExpireSeconds } from './pg-boss.mapper.js';

/** As long as pg-boss can: what waits is not to be deleted. */
const FOR_GOOD_SECONDS = 2_147_483_647;

/** Where the names of queues that are paused are kept. */
export const PAUSED_QUEUE = 'event-drivers/paused';

type Settings = Omit<Queue, 'name'>;

interface QueueSetup {
  readonly isOwner: boolean;
  /** Whether workers have to give signs of life. One that has the database to itself cannot be mistaken for dead. */
  readonly hasHeartbeat: boolean;
}

/**
 * Creates the queues, and brings those that exist in step with their definitions where this process works them:
 * one that only dispatches may be older or newer than those that work.
 */
export async function createQueues(
  boss: PgBoss,
  definitions: readonly QueueDefinition[],
  { isOwner, hasHeartbeat }: QueueSetup,
): Promise<void> {
  // Who only looks into a store changes nothing in it.
  if (definitions.length === 0 && !isOwner) return;
  const kept: Settings = { retryLimit: 0, retentionSeconds: FOR_GOOD_SECONDS, deleteAfterSeconds: 0 };
  const deadLetterQueues = new Set(definitions.map(({ deadLetterQueue }) => deadLetterQueue));
  for (const name of [PAUSED_QUEUE, ...deadLetterQueues]) await ensure(boss, name, kept, isOwner);
  for (const definition of definitions) {
    const settings = toSettings(definition, hasHeartbeat);
    await ensure(boss, definition.name, { ...settings, policy: 'standard' }, isOwner);
    await ensure(boss, definition.name + ORDERED_SUFFIX, { ...settings, policy: 'key_strict_fifo' }, isOwner);
  }
}

function toSettings(definition: QueueDefinition, hasHeartbeat: boolean): Settings {
  const { retries, timeoutMs, heartbeatMs, keepCompletedSeconds, deadLetterQueue } = definition;
  return {
    retryLimit: retries,
    // When to try again is decided for each failure.
    retryDelay: 0,
    retryBackoff: false,
    expireInSeconds: toExpireSeconds(timeoutMs),
    ...(hasHeartbeat
      ? { heartbeatSeconds: Math.min(Math.ceil(heartbeatMs / 1000), FOR_GOOD_SECONDS) }
      : undefined),
    retentionSeconds: FOR_GOOD_SECONDS,
    // To pg-boss, 0 is for good.
    deleteAfterSeconds: Math.min(Math.max(keepCompletedSeconds, 1), FOR_GOOD_SECONDS),
    deadLetter: deadLetterQueue,
    notify: true,
  };
}

async function ensure(boss: PgBoss, name: string, settings: Settings, isOwner: boolean): Promise<void> {
  const existing = await boss.getQueue(name);
  if (existing === null || existing === undefined) return boss.createQueue(name, settings);
  const { policy, ...changeable } = settings;
  if (policy !== undefined && existing.policy !== policy) {
    throw new Error(
      `queue '${name}' exists with the policy '${existing.policy}', and '${policy}' is needed, which pg-boss cannot ` +
        `change; it belongs to another application: give the driver another name, or use another schema`,
    );
  }
  const isInStep = Object.entries(changeable).every(
    ([key, value]) => (existing as unknown as Record<string, unknown>)[key] === value,
  );
  if (!isInStep && isOwner) await boss.updateQueue(name, changeable);
}
