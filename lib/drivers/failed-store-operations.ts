import type { DriverOperations, FailedFilter } from '../driver/driver-operations.js';
import type { FailedDelivery, FailedStore } from './failed-store.js';

/** What can be done with what a driver keeps in a {@link FailedStore}. */
export function createFailedStoreOperations(driverName: string, store: FailedStore): DriverOperations {
  const find = async (filter: FailedFilter): Promise<readonly FailedDelivery[]> => {
    const entries = await store.list(toStoreFilter(filter));
    return entries.filter((entry) => entry.driverName === driverName && matches(entry, filter));
  };
  const forEach = async (
    filter: FailedFilter,
    limit: number,
    action: (id: string) => Promise<number>,
  ): Promise<number> => {
    let count = 0;
    for (const { id } of (await find(filter)).slice(0, limit)) count += await action(id);
    return count;
  };
  return {
    queues: [],
    count: async () => {
      const byTarget = Map.groupBy(
        await find({}),
        ({ eventName, listenerId }) => `${eventName}\0${listenerId}`,
      );
      return [...byTarget.values()].map((entries) => ({
        driver: driverName,
        queue: driverName,
        event: entries[0]!.eventName,
        listener: entries[0]!.listenerId,
        ready: 0,
        delayed: 0,
        active: 0,
        completed: 0,
        failed: entries.length,
      }));
    },
    listFailed: async (filter, limit, after) => {
      const entries = await find(filter);
      const start = after === undefined ? 0 : entries.findIndex(({ id }) => id === after) + 1;
      return entries.slice(start, start + limit);
    },
    previewRedrive: async (filter) => (await find(filter)).length,
    redrive: (filter, limit) => forEach(filter, limit, async (id) => (await store.retry({ id })).succeeded),
    purge: (filter, limit) => forEach(filter, limit, (id) => store.purge({ id })),
    getPaused: () => Promise.resolve([]),
    setPaused: () => Promise.reject(new Error(`driver '${driverName}' has no queues`)),
  };
}

function toStoreFilter({ event, listener }: FailedFilter): { eventName?: string; listenerId?: string } {
  return {
    ...(event === undefined ? {} : { eventName: event }),
    ...(listener === undefined ? {} : { listenerId: listener }),
  };
}

function matches({ id, failedAt, queue, driverName }: FailedDelivery, filter: FailedFilter): boolean {
  const { ids, before } = filter;
  return (
    (ids === undefined || ids.includes(id)) &&
    (before === undefined || failedAt < before) &&
    // What came from no queue is counted under the name of its driver.
    (filter.queue === undefined || filter.queue === (queue ?? driverName))
  );
}
