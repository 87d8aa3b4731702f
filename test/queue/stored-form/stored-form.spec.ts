import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { BaseDriver, type ContextCarrier, EventConfig, type IBaseEvent, OnEvent } from 'nestjs-event-drivers';
import { DeliveryPacker } from '../../../lib/queue/delivery-packer.js';
import { PayloadSerializer } from '../../../lib/queue/payload/payload-serializer.js';
import { resolveQueueOptions } from '../../../lib/queue/queue-options.js';
import { closeApps } from '../../support/app.js';
import { onEachStore, onPostgres, startQueue } from '../../support/queue.js';
import { until } from '../../support/until.js';
import { CASES, Invoice, Order } from './cases.js';
import { readGolden, RELEASES } from './golden.js';

const tenants = new AsyncLocalStorage<string | undefined>();

@Injectable()
class Listener {
  readonly heard = new Map<string, { payload: unknown; tenant: string | undefined }>();

  @OnEvent(Order, { id: 'golden.listener' })
  hear(event: Order): void {
    this.heard.set(event.getId(), { payload: event.getPayload(), tenant: tenants.getStore() });
  }
}

class Broker extends BaseDriver {
  readonly relayed: unknown[] = [];

  async dispatch(event: IBaseEvent): Promise<void> {
    this.relayed.push(event.getPayload());
    await event.execute();
  }
}

const tenant: ContextCarrier = {
  capture: () => ({ tenant: tenants.getStore() }),
  restore: (headers, run) => tenants.run(headers['tenant'], run),
};

const CONFIG = {
  context: [tenant],
  events: [Invoice],
  drivers: { broker: EventConfig.createConfigDriver(Broker) },
};

afterEach(closeApps);

describe('What is stored today', () => {
  const golden = readGolden(RELEASES.at(-1)!);
  const today = Object.entries(CASES).filter(([, { delivery }]) => delivery !== undefined);

  test.each(today)('is what the newest golden file says: %s', async (name, { delivery, headers }) => {
    const options = resolveQueueOptions({ workerCreator: undefined as never });
    const packer = new DeliveryPacker(options, await PayloadSerializer.create(), [tenant]);
    const [packed] = await tenants.run(headers?.['tenant'], () => packer.pack([delivery!]));
    expect(JSON.parse(JSON.stringify(packed!.delivery))).toEqual(golden.get(name));
  });

  test('has a golden file for each case, and a case for each', () => {
    expect([...golden.keys()].toSorted()).toEqual(Object.keys(CASES).toSorted());
  });
});

describe.each(RELEASES)('What %s has stored', (release) => {
  const golden = [...readGolden(release)];

  onEachStore('can be read', (store) => {
    test('as it was dispatched', async () => {
      const { app, name, driver, queues } = await startQueue(store, [Listener], {}, CONFIG);
      const { heard } = app.get(Listener);
      Invoice.done.length = 0;
      const alive = golden.filter(([, { dead }]) => dead === undefined);
      for (const [, delivery] of alive) await driver.getEngine().store(name, [delivery]);
      await until(
        'all are done',
        async () =>
          (await queues.count()).reduce((sum, { completed }) => sum + completed, 0) === alive.length,
      );
      for (const [file, { data }] of alive) {
        const { payload, headers } = CASES[file]!;
        const arrived =
          data.listener === undefined
            ? { payload: Invoice.done.find((event) => event.getId() === data.eventId)?.getPayload() }
            : heard.get(data.eventId);
        expect({ file, ...arrived }).toStrictEqual({
          file,
          payload,
          ...(data.listener === undefined ? {} : { tenant: headers?.['tenant'] }),
        });
      }
      expect(app.get(Broker).relayed).toEqual([CASES['relayed']!.payload]);
    });
  });

  onPostgres('as a dead letter can be read', (store) => {
    test('and delivered', async () => {
      const { app, name, queues } = await startQueue(store, [Listener], {}, CONFIG);
      const { data, dead } = readGolden(release).get('dead-letter')!;
      await store.schema.query(
        `INSERT INTO ${store.schema.name}.job
          (name, data, retry_limit, keep_until, source_name, source_id, source_retry_count, source_output)
        VALUES ($1, $2, 0, now() + interval '1 day', $3, $4, $5, $6)`,
        [`${name}/dead`, data, name, data.eventId, dead!.retryCount, dead!.output],
      );
      const { payload } = CASES['dead-letter']!;
      expect(await queues.listFailed()).toMatchObject([
        { queue: name, eventName: 'golden.order', payload, attempts: 3, reason: 'ESOCKET: no connection' },
      ]);
      expect(await queues.redrive()).toBe(1);
      await until('it is delivered', () => app.get(Listener).heard.has(data.eventId));
      expect(app.get(Listener).heard.get(data.eventId)).toMatchObject({ payload });
    });
  });
});
