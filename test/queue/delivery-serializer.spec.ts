import { Injectable } from '@nestjs/common';
import {
  BaseDriver,
  BaseEvent,
  DeliverySerializer,
  type DriverCapabilities,
  type DriverHost,
  EventConfig,
  EventService,
  type IBaseEvent,
  OnEvent,
  type SerializedDelivery,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';

class Paid extends BaseEvent<{ amount: bigint; at: Date }> {}

/** Keeps what it would store. */
class KeepingDriver extends BaseDriver {
  readonly stored: SerializedDelivery[] = [];
  serializer!: DeliverySerializer;
  private host!: DriverHost;

  override get capabilities(): DriverCapabilities {
    return { durable: true, concurrent: false, options: ['delay', 'retries', 'queue', 'transaction'] };
  }

  attach(host: DriverHost): void {
    this.host = host;
  }

  async open(): Promise<void> {
    this.serializer = await DeliverySerializer.create(this, this.host, { maxPayloadBytes: 1000 });
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    this.stored.push(...(await this.serializer.serialize([event])));
  }
}

let tenant = 'none';
const heard: unknown[] = [];

@Injectable()
class Bookkeeper {
  @OnEvent(Paid, { id: 'books' })
  book(event: Paid, signal?: AbortSignal): void {
    heard.push({ payload: event.getPayload(), id: event.getId(), tenant, isSignalled: signal !== undefined });
  }
}

class Tenant {
  capture(): Record<string, string> {
    return { tenant };
  }

  restore<T>(headers: Readonly<Record<string, string>>, run: () => T): T {
    tenant = headers['tenant'] ?? 'lost';
    return run();
  }
}

async function startKeeping(): Promise<{ events: EventService; driver: KeepingDriver }> {
  const keep = EventConfig.createConfigDriver(KeepingDriver);
  const config = syncConfig({ defaultDriver: 'keep', drivers: { keep }, context: [new Tenant()] });
  const app = await startApp(config, [Bookkeeper]);
  return { events: app.get(EventService), driver: app.get(KeepingDriver) };
}

/** As it comes back from a file. */
function reread({ data }: SerializedDelivery): unknown {
  return JSON.parse(JSON.stringify(data));
}

const payload = { amount: 12n, at: new Date(5) };

afterEach(async () => {
  tenant = 'none';
  heard.length = 0;
  await closeApps();
});

it('brings a delivery back with its payload and id, in what was carried along, and hands on the signal', async () => {
  const { events, driver } = await startKeeping();
  tenant = 'acme';
  const event = new Paid(payload);
  await events.dispatch(event);
  tenant = 'none';
  const delivery = await driver.serializer.deserialize(reread(driver.stored[0]!));
  expect([delivery.getName(), delivery.getListenerId?.()]).toEqual(['Paid', 'books']);
  await delivery.execute(new AbortController().signal);
  expect(heard).toEqual([{ payload, id: event.getId(), tenant: 'acme', isSignalled: true }]);
});

it('says how and where a delivery is to be made', async () => {
  const { events, driver } = await startKeeping();
  const transaction = {};
  await events.dispatch(new Paid(payload), { delay: '2s', retries: 4, queue: 'mails', transaction });
  await events.dispatch(new Paid(payload));
  expect(driver.stored).toMatchObject([
    { options: { delayMs: 2000, retries: 4 }, queue: 'mails', transaction },
    { options: {}, queue: 'default', transaction: undefined },
  ]);
});

it('gives one delivery one id, and each listener another', async () => {
  const { events, driver } = await startKeeping();
  const event = new Paid(payload);
  await events.dispatch(event);
  await events.dispatch(event);
  await driver.dispatch(event);
  const [first, again, own] = driver.stored.map(({ id }) => id);
  expect(again).toBe(first);
  expect(own).not.toBe(first);
});

it('has a delivery made by the driver that the dispatch has asked for', async () => {
  const { events, driver } = await startKeeping();
  await events.dispatch(new Paid(payload), { driver: 'sync', transaction: {}, afterCommit: 'keep' });
  expect(driver.stored[0]!.data.driver).toBe('sync');
  const delivery = await driver.serializer.deserialize(reread(driver.stored[0]!));
  await delivery.execute();
  expect(heard).toHaveLength(1);
});

it('refuses what is too large, and what this application cannot deliver', async () => {
  const { events, driver } = await startKeeping();
  const large = new Paid({ amount: 10n ** 2000n, at: new Date(5) });
  await expect(events.dispatch(large)).rejects.toMatchObject({ code: 'EVENTS_INVALID_PAYLOAD' });
  await events.dispatch(new Paid(payload));
  const { data } = driver.stored[0]!;
  await expect(driver.serializer.deserialize({ ...data, event: 'Gone' })).rejects.toMatchObject({
    code: 'EVENTS_UNKNOWN_EVENT',
  });
  await expect(driver.serializer.deserialize({ ...data, listener: 'gone' })).rejects.toMatchObject({
    code: 'EVENTS_UNKNOWN_LISTENER',
  });
  await expect(driver.serializer.deserialize('garbage')).rejects.toMatchObject({
    code: 'EVENTS_UNREADABLE_PAYLOAD',
  });
});

it('shows the payload of what is stored', async () => {
  const { events, driver } = await startKeeping();
  await events.dispatch(new Paid(payload));
  expect(driver.serializer.deserializePayload(reread(driver.stored[0]!))).toEqual(payload);
});
