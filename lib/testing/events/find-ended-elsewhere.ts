import type { RegisteredDriver } from '../../driver/driver.registry.js';
import type { IEventDriver } from '../../index.js';
import type { Recorder } from './recorder.js';
import type { StoredDeliveries, StoredEntry } from './stored-deliveries.js';

/**
 * Forgets deliveries that came to their end without that being seen here: another process has made them, the engine has
 * given them up, or they were never stored, because a transaction was rolled back.
 */
export async function findEndedElsewhere(
  stored: StoredDeliveries,
  recorder: Recorder,
  drivers: readonly RegisteredDriver[],
): Promise<void> {
  const waiting = stored.getEntries().filter(({ isRunning }) => !isRunning);
  for (const [engine, entries] of Map.groupBy(waiting, (entry) => entry.engine)) {
    const counts = await engine.count([...new Set(entries.map(({ queue }) => queue))]).catch(() => undefined);
    if (counts === undefined) continue;
    const left = new Set(
      counts
        .filter(({ ready, delayed, active }) => ready + delayed + active > 0)
        .map(({ queue, event, listener }) => toKey(queue, event, listener)),
    );
    const ended = entries.filter(
      ({ isRunning, queue, eventName, listenerId }) =>
        !isRunning && !left.has(toKey(queue, eventName, listenerId)),
    );
    if (ended.length === 0) continue;
    await findDeadLetters(ended, recorder, drivers);
    stored.forget((entry) => ended.includes(entry));
  }
}

/** Records which deliveries that have ended are kept as dead letters, by whichever of the drivers. */
export async function findDeadLetters(
  ended: readonly Pick<StoredEntry, 'eventId' | 'listenerId'>[],
  recorder: Recorder,
  drivers: readonly { readonly driver: IEventDriver }[],
): Promise<void> {
  for (const { driver } of drivers) {
    const letters = (await driver.getOperations?.()?.listFailed({}, MAX_LETTERS)) ?? [];
    for (const { eventId, eventName, listenerId, reason, error } of letters) {
      const isMeant = ended.some((entry) => entry.eventId === eventId && entry.listenerId === listenerId);
      if (!isMeant || eventId === undefined) continue;
      const delivery = recorder.getStored({ event: eventName, eventId, listener: listenerId });
      delivery.deadLetter = { reason, error };
    }
  }
}

/** More than a test gives up. */
const MAX_LETTERS = 1000;

function toKey(queue: string, event: string, listener: string | undefined): string {
  return JSON.stringify([queue, event, listener]);
}
