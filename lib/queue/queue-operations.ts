import type { DriverOperations, FailedFilter } from '../driver/driver-operations.js';
import type { FailedDelivery } from '../drivers/failed-store.js';
import type { PayloadSerializer } from './payload/payload-serializer.js';
import type { DeadLetter, WorkerCreator } from './worker-creator.js';

/** What can be done with the queues of one driver in a store that is open. */
export function createQueueOperations(
  driverName: string,
  engine: WorkerCreator,
  deadLetterQueue: string,
  queues: readonly string[],
  serializer: PayloadSerializer,
): DriverOperations {
  const toFailed = (letter: DeadLetter): FailedDelivery => toFailedDelivery(letter, driverName, serializer);
  return {
    queues,
    count: async () => (await engine.count(queues)).map((count) => ({ driver: driverName, ...count })),
    listFailed: async (filter, limit, after) => {
      const page = after === undefined ? { limit } : { limit, after };
      return (await engine.listDeadLetters(deadLetterQueue, filter, page)).map(toFailed);
    },
    previewRedrive: (filter: FailedFilter) => engine.previewRedrive(deadLetterQueue, filter),
    redrive: async (filter: FailedFilter, limit: number) => {
      const moved = await engine.redrive(deadLetterQueue, filter, limit);
      // failpoint: midRedrive
      return moved;
    },
    purge: (filter: FailedFilter, limit: number) => engine.purge(deadLetterQueue, filter, limit),
    getPaused: async () => (await engine.getPaused()).filter((queue) => queues.includes(queue)),
    setPaused: (queue, paused) => engine.setPaused(queue, paused),
  };
}

function toFailedDelivery(
  { id, queue, data, error, attempts, failedAt }: DeadLetter,
  driverName: string,
  serializer: PayloadSerializer,
): FailedDelivery {
  return {
    id,
    queue,
    eventId: readText(data?.eventId),
    // What was written by other hands may have anything there.
    eventName: readText(data?.event) ?? '',
    listenerId: readText(data?.listener),
    payload: readPayload(data, serializer),
    driverName,
    reason: error.code === undefined ? error.message : `${error.code}: ${error.message}`,
    error,
    attempts,
    failedAt,
  };
}

/** One that cannot be read is among the dead letters for that very reason, and is shown as it is stored. */
function readPayload(data: DeadLetter['data'], serializer: PayloadSerializer): unknown {
  try {
    return serializer.unpack(data.payload, data.types);
  } catch {
    return data?.payload;
  }
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
