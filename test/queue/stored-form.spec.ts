import { BaseEvent, Event, type IBaseEvent } from 'nestjs-event-drivers';
import { SET_ID } from '../../lib/event/base-event.js';
import { OptionedEvent } from '../../lib/event/optioned-event.js';
import { checkNode } from '../../lib/queue/check-node.js';
import { DeliveryPacker } from '../../lib/queue/delivery-packer.js';
import { PayloadSerializer } from '../../lib/queue/payload/payload-serializer.js';
import { resolveQueueOptions } from '../../lib/queue/queue-options.js';

@Event({ name: 'order.placed', version: 3 })
class OrderPlaced extends BaseEvent<unknown> {}

const ID = '01a209f1-2df6-725e-97e1-23964db6204a';

function event(payload: unknown): OrderPlaced {
  const created = new OrderPlaced(payload);
  created[SET_ID](ID);
  return created;
}

async function pack(delivery: IBaseEvent, headers?: Record<string, string>): Promise<unknown> {
  const options = resolveQueueOptions({ workerCreator: undefined as never });
  const carriers =
    headers === undefined
      ? []
      : [{ capture: () => headers, restore: <T>(_: unknown, run: () => T) => run() }];
  const [packed] = await new DeliveryPacker(options, await PayloadSerializer.create(), carriers).pack([
    delivery,
  ]);
  return packed!.delivery;
}

// What is in stores out there: a change here is a change that later releases must be able to read.
describe('The stored form of a delivery', () => {
  test('of a plain payload', async () => {
    expect(await pack(event({ no: 1, note: null, lines: [{ sku: 'a' }] }))).toEqual({
      id: ID,
      data: {
        event: 'order.placed',
        version: 3,
        eventId: ID,
        payload: { no: 1, note: null, lines: [{ sku: 'a' }] },
      },
      options: {},
    });
  });

  test('of one that JSON alone cannot hold', async () => {
    const payload = {
      at: new Date(0),
      big: 2n ** 70n,
      none: undefined,
      set: new Set(['a']),
      map: new Map([['k', new Date(1)]]),
      url: new URL('https://example.com/'),
    };
    expect(await pack(event(payload))).toMatchObject({
      data: {
        payload: {
          at: '1970-01-01T00:00:00.000Z',
          big: '1180591620717411303424',
          none: null,
          set: ['a'],
          map: [['k', '1970-01-01T00:00:00.001Z']],
          url: 'https://example.com/',
        },
        types: {
          at: ['Date'],
          big: ['bigint'],
          none: ['undefined'],
          set: ['set'],
          map: ['map', { '0.1': ['Date'] }],
          url: ['URL'],
        },
      },
    });
  });

  test('with what is carried along, and for another driver', async () => {
    const relayed = new OptionedEvent(event(null), {
      relayTo: 'broker',
      delay: '5s',
      orderingKey: () => 'k',
    });
    expect(await pack(relayed, { tenant: 'acme' })).toEqual({
      id: ID,
      data: {
        event: 'order.placed',
        version: 3,
        eventId: ID,
        payload: null,
        headers: { tenant: 'acme' },
        driver: 'broker',
      },
      options: { delayMs: 5000, orderingKey: 'k' },
    });
  });
});

test('A Node that is too old is named, with the one that is needed', () => {
  expect(checkNode('20.20.2')).toMatch(/Node 20\.20\.2 is older than 22\.12/);
  expect(checkNode('22.11.0')).toMatch(/22\.12/);
  expect(checkNode('22.12.0')).toBeUndefined();
  expect(checkNode('24.1.0')).toBeUndefined();
});
