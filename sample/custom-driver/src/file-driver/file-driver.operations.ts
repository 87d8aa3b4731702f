import type {
  DeliverySerializer,
  DriverOperations,
  FailedDelivery,
  FailedFilter,
  QueueCount,
} from 'nestjs-event-drivers';
import type { Delivery, DeliveryBook } from './delivery-book.js';
import type { Journal } from './journal.js';

/** What `EventQueues` can do with the deliveries of a book. */
export function createOperations(
  driver: string,
  book: DeliveryBook,
  journal: Journal,
  serializer: DeliverySerializer,
  onRedriven: () => void,
): DriverOperations {
  const find = (filter: FailedFilter): readonly Delivery[] =>
    book
      .getAll()
      .filter((delivery) => matches(delivery, filter, driver))
      .toSorted((a, b) => (a.givenUp?.at ?? 0) - (b.givenUp?.at ?? 0));
  const change = async (
    type: 'redriven' | 'purged',
    filter: FailedFilter,
    limit: number,
  ): Promise<number> => {
    const found = find(filter).slice(0, limit);
    if (found.length > 0) await journal.append(found.map(({ id }) => ({ type, id })));
    return found.length;
  };
  return {
    queues: [],
    count: async () => count(driver, book),
    listFailed: async (filter, limit, after) => {
      const found = find(filter);
      const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
      return found.slice(start, start + limit).map((delivery) => toFailed(driver, delivery, serializer));
    },
    previewRedrive: async (filter) => find(filter).length,
    redrive: async (filter, limit) => {
      const redriven = await change('redriven', filter, limit);
      onRedriven();
      return redriven;
    },
    purge: (filter, limit) => change('purged', filter, limit),
    getPaused: async () => [],
    setPaused: async () => {
      throw new Error(`Driver '${driver}' cannot be paused: start its application with workers: false`);
    },
  };
}

function matches({ id, data, givenUp }: Delivery, filter: FailedFilter, driver: string): boolean {
  const { ids, event, listener, before, queue } = filter;
  return (
    givenUp !== undefined &&
    (ids === undefined || ids.includes(id)) &&
    (event === undefined || event === data.event) &&
    (listener === undefined || listener === data.listener) &&
    (before === undefined || givenUp.at < before.getTime()) &&
    // What comes from no queue is counted under the name of its driver.
    (queue === undefined || queue === driver)
  );
}

function toFailed(driverName: string, delivery: Delivery, serializer: DeliverySerializer): FailedDelivery {
  const { id, data, attempts, givenUp } = delivery;
  return {
    id,
    eventId: data.eventId,
    eventName: data.event,
    listenerId: data.listener,
    payload: serializer.deserializePayload(data),
    driverName,
    reason: givenUp?.error.message ?? '',
    error: givenUp?.error,
    attempts,
    failedAt: new Date(givenUp?.at ?? 0),
  };
}

function count(driver: string, book: DeliveryBook): readonly QueueCount[] {
  const byTarget = Map.groupBy(book.getAll(), ({ data }) => `${data.event}\0${data.listener}`);
  return [...byTarget.values()].map((deliveries) => {
    const { event, listener } = deliveries[0]!.data;
    const counts = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
    for (const delivery of deliveries) counts[book.getState(delivery)]++;
    return { driver, queue: driver, event, listener, ...counts };
  });
}
