import type { EngineCapabilities, StoredDelivery } from 'nestjs-event-drivers';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { resolveQueueOptions } from '../../lib/queue/queue-options.js';
import { StoredQueue } from '../../lib/queue/stored-queue.js';

const pack = (id: string) => ({
  queue: 'queue',
  transaction: undefined,
  delivery: { id, data: { event: 'e', version: 1, eventId: id, payload: null }, options: {} },
  bytes: 1,
});

/** Says no more of its calls than how many it works on at a time. */
class Engine extends InMemoryWorkerCreator {
  readonly sizes: number[] = [];

  constructor() {
    super();
    delete (this.capabilities as { minShare?: EngineCapabilities['minShare'] }).minShare;
  }

  override async store(_queue: string, deliveries: readonly StoredDelivery[]): Promise<void> {
    this.sizes.push(deliveries.length);
  }
}

it('shares what waits among the calls of an engine that does not say how few are worth one', async () => {
  const engine = new Engine();
  expect(engine.capabilities).toMatchObject({ batchesAtOnce: 2 });
  const queue = new StoredQueue('queue', 'driver', engine, resolveQueueOptions({ workerCreator: Engine }));
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => queue.store([pack(id)], undefined)));
  expect(engine.sizes).toEqual([3, 2]);
});
