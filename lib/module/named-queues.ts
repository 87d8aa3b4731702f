import type { EventClass } from '../event/event.interface.js';
import { getEventMetadata } from '../event/event-metadata.js';
import { getHeardClasses, type Listener } from '../listener/listener.js';

/** The queues that events and listeners name, each once. */
export function getNamedQueues(events: readonly EventClass[], listeners: readonly Listener[]): string[] {
  const ofEvents = [...events, ...getHeardClasses(listeners)].map(
    (eventClass) => getEventMetadata(eventClass).queue,
  );
  const ofListeners = listeners.flatMap(({ subscriptions }) =>
    subscriptions.flatMap(({ options }) => options.queue ?? []),
  );
  return [...new Set([...ofEvents, ...ofListeners])];
}
