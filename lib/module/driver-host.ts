import { ListenerDelivery } from '../dispatch/delivery.js';
import type { Topology } from '../dispatch/event-dispatcher.js';
import type { DriverHost } from '../driver/driver.interface.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { type Listener, matchListeners, type MatchedListener } from '../listener/listener.js';
import { getNamedQueues } from './named-queues.js';

/** What drivers may ask of the application. */
export function createDriverHost({ config, drivers, events, listeners }: Topology): DriverHost {
  const shared = new Map<unknown, unknown>();
  const find = createListenerLookup(listeners);
  return {
    workers: config.workers,
    strict: config.strict,
    mayCreateStores: config.storeAccess === 'all',
    context: config.context,
    getEventClass: (name) => events.get(name),
    getDriver: (name) => drivers.get(name).driver,
    getQueueNames: () => getNamedQueues(config.events, listeners),
    createDelivery: (event, listenerId) => {
      if (listenerId === undefined) return event;
      const listener = find(event).get(listenerId);
      return listener === undefined ? undefined : new ListenerDelivery(event, listener);
    },
    share: <T>(key: unknown, create: () => T): T => {
      if (!shared.has(key)) shared.set(key, create());
      return shared.get(key) as T;
    },
  };
}

/** The listeners of an event by their ids, looked up once for each class. */
function createListenerLookup(
  listeners: readonly Listener[],
): (event: IBaseEvent) => ReadonlyMap<string, MatchedListener> {
  const cache = new Map<Function, { name: string; byId: ReadonlyMap<string, MatchedListener> }>();
  return (event) => {
    const name = event.getName();
    const cached = cache.get(event.constructor);
    if (cached?.name === name) return cached.byId;
    const matched = matchListeners(listeners, event.constructor, name);
    const byId = new Map(matched.map((listener) => [listener.id, listener]));
    cache.set(event.constructor, { name, byId });
    return byId;
  };
}
