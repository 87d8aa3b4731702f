import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  MonitoredDriver,
  OnEvent,
  QueueDriver,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../../support/app.js';
import { captureLogs } from '../../support/drivers.js';
import { until } from '../../support/until.js';

@Event({ name: 'order.placed' })
export class OrderPlaced extends BaseEvent<unknown> {}

@Injectable()
class Shop {
  readonly heard: unknown[] = [];

  @OnEvent(OrderPlaced, { id: 'shop' })
  hear(event: OrderPlaced): void {
    this.heard.push(event.getPayload());
  }
}

const GOOD = { event: 'order.placed', version: 1, listener: 'shop', eventId: randomUUID(), payload: 'good' };

export type Row = readonly [what: string, json: string, reason: RegExp];

/** What is in the column, as JSON text, and how the reason begins. */
export const ROWS: readonly Row[] = [
  ['null', 'null', /^EVENTS_UNREADABLE_PAYLOAD/],
  ['a number', '5', /^EVENTS_UNREADABLE_PAYLOAD/],
  ['a string', '"text"', /^EVENTS_UNREADABLE_PAYLOAD/],
  ['an array', '[1, [2]]', /^EVENTS_UNREADABLE_PAYLOAD/],
  ['an empty object', '{}', /^EVENTS_UNKNOWN_EVENT/],
  ['an unknown event', text({ event: 'no.such' }), /^EVENTS_UNKNOWN_EVENT/],
  ['an event named as a property of all objects', text({ event: 'constructor' }), /^EVENTS_UNKNOWN_EVENT/],
  ['an event that is no text', text({ event: { toString: 1, valueOf: 1 } }), /^EVENTS_UNREADABLE_PAYLOAD/],
  ['an event of a megabyte', text({ event: 'x'.repeat(1_000_000) }), /^EVENTS_UNKNOWN_EVENT/],
  ['an event of several lines', text({ event: 'a\n\u001b[31mERROR all is lost' }), /^EVENTS_UNKNOWN_EVENT/],
  ['a listener of several lines', text({ listener: 'a\nERROR' }), /^EVENTS_UNKNOWN_LISTENER/],
  ['an unknown listener', text({ listener: 'nobody' }), /^EVENTS_UNKNOWN_LISTENER/],
  [
    'a listener that is no text',
    text({ listener: { toString: 1, valueOf: 1 } }),
    /^EVENTS_UNREADABLE_PAYLOAD/,
  ],
  ['an unknown driver', text({ driver: 'nobody' }), /^EVENTS_UNKNOWN_DRIVER/],
  ['the driver that has stored it', text({ driver: 'queue' }), /^EVENTS_CIRCULAR_DRIVER/],
  ['a driver that leads there', text({ driver: 'watched' }), /^EVENTS_CIRCULAR_DRIVER/],
  ['an id that is no text', text({ eventId: { toString: 1 } }), /^EVENTS_UNREADABLE_PAYLOAD/],
  ['a driver that is no text', text({ driver: { toString: 1 } }), /^EVENTS_UNREADABLE_PAYLOAD/],
  ['a version to come', text({ version: 7 }), /^EVENTS_UNSUPPORTED_VERSION/],
  ['a version that is none', text({ version: '1' }), /^EVENTS_UNSUPPORTED_VERSION/],
  [
    'a prototype',
    text({}).replace('"good"', '{"__proto__":{"polluted":true}}'),
    /^EVENTS_UNREADABLE_PAYLOAD/,
  ],
  [
    'a constructor',
    text({ payload: { constructor: { prototype: { polluted: 1 } } } }),
    /^EVENTS_UNREADABLE_PAYLOAD/,
  ],
  ['types of no class', text({ types: [['class', 'Shop']] }), /^EVENTS_UNREADABLE_PAYLOAD/],
  [
    'types that lead to a prototype',
    text({ types: { '__proto__.polluted': ['Date'] } }),
    /^EVENTS_UNREADABLE_PAYLOAD/,
  ],
];

/** What is odd, but can be delivered. */
const DELIVERED: readonly (readonly [what: string, json: string])[] = [
  ['a megabyte', text({ payload: 'x'.repeat(1_000_000) })],
  ['headers that are none', text({ headers: 'none' })],
  ['a time limit that is none', text({ timeoutMs: { toString: 1 } })],
  ['fields of a version to come', text({ later: { at: [1, null] }, options: 5 })],
];

function text(change: object): string {
  return JSON.stringify({ ...GOOD, ...change });
}

/** An application that hears of orders. */
export async function startShop(workerCreator: WorkerCreatorSource) {
  const app = await startApp(
    syncConfig({
      defaultDriver: 'queue',
      drivers: {
        watched: EventConfig.createConfigDriver(MonitoredDriver, { driver: 'queue' }),
        queue: {
          driver: QueueDriver,
          options: {
            workerCreator,
            delayMs: 1,
            pollIntervalMs: 100,
          },
        },
      },
    }),
    [Shop],
  );
  const logs = captureLogs();
  return { logs, shop: app.get(Shop), events: app.get(EventService), queues: app.get(EventQueues) };
}

afterEach(closeApps);

/** A way into a store past the application. */
export interface BackDoor {
  readonly creator: WorkerCreatorSource;
  /** Puts JSON where what was dispatched has the delivery. @returns what tells it from others there */
  readonly insert: (json: string) => Promise<string>;
  readonly stateOf: (id: string) => Promise<string | undefined>;
  /** The id of the dead letter that has become of it. */
  readonly findLetter: (id: string) => Promise<string | undefined>;
}

/** Declares what is true of rows that other hands have put into a store. */
export function testRows(rows: readonly Row[], { creator, insert, stateOf, findLetter }: BackDoor): void {
  it('are dead letters with a reason, and hold up nobody', async () => {
    const { logs, shop, events, queues } = await startShop(creator);
    const inserted: { what: string; id: string; reason: RegExp }[] = [];
    for (const [what, json, reason] of rows) inserted.push({ what, id: await insert(json), reason });
    await events.dispatch(new OrderPlaced('known'));

    for (const { what, id } of inserted) {
      await until(`${what} is given up`, async () => (await stateOf(id)) === 'failed');
    }
    await until('what is good is delivered', () => shop.heard.includes('known'));
    expect(shop.heard).toEqual(['known']);
    const letters = await queues.listFailed({}, 1000);
    expect(letters).toHaveLength(rows.length);
    for (const { what, id, reason } of inserted) {
      const found = await findLetter(id);
      const letter = letters.find((one) => one.id === found)!;
      expect({ what, reason: letter.reason }).toEqual({ what, reason: expect.stringMatching(reason) });
      expect(letter.reason.length).toBeLessThan(5000);
    }
    expect(logs.filter(({ message }) => /\p{Cc}/u.test(message))).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect((await queues.count()).reduce((sum, { failed }) => sum + failed, 0)).toBe(rows.length);
  });

  it.each(DELIVERED)('are delivered if they can be: %s', async (_, json) => {
    const { shop } = await startShop(creator);
    const id = await insert(json);
    await until('it is done', async () => (await stateOf(id)) === 'completed');
    expect(shop.heard).toEqual([(JSON.parse(json) as { payload: unknown }).payload]);
  });
}
