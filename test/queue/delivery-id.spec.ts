import { createHash } from 'node:crypto';
import { deliveryId } from '../../lib/queue/delivery-id.js';
import { uuidv7 } from '../../lib/event/uuidv7.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('the id of a delivery', () => {
  it('follows from the event and the listener', () => {
    const eventId = '019aa0c1-2345-7abc-8def-0123456789ab';
    expect(deliveryId(eventId, 'A.on')).toBe(deliveryId(eventId, 'A.on'));
    expect(deliveryId(eventId.toUpperCase(), 'A.on')).toBe(deliveryId(eventId, 'A.on'));
    expect(deliveryId(eventId, 'B.on')).not.toBe(deliveryId(eventId, 'A.on'));
    expect(deliveryId(eventId.replace('9ab', '9ac'), 'A.on')).not.toBe(deliveryId(eventId, 'A.on'));
  });

  it('is the id of the event for its own work', () => {
    const eventId = '019aa0c1-2345-7abc-8def-0123456789ab';
    expect(deliveryId(eventId, undefined)).toBe(eventId);
    expect(deliveryId(eventId.toUpperCase(), undefined)).toBe(eventId);
  });

  it('has the first half of the id of the event, and the rest from a hash', () => {
    const eventId = '019aa0c1-2345-7abc-8def-0123456789ab';
    const hex = createHash('sha256').update(`${eventId}\0A.on`).digest('hex');
    const id = deliveryId(eventId, 'A.on');
    expect(id).toMatch(UUID);
    expect(id.slice(0, 19)).toBe('019aa0c1-2345-7abc-');
    expect(id.slice(20).replace('-', '')).toBe(hex.slice(17, 32));
    expect(Number.parseInt(id[19]!, 16) & 0x3).toBe(Number.parseInt(hex[16]!, 16) & 0x3);
  });

  it('sorts as the events do', () => {
    const ids = Array.from({ length: 5000 }, () => deliveryId(uuidv7(), 'A.on'));
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.filter((id) => !UUID.test(id))).toEqual([]);
  });

  it('is a UUID of version 8 where the event has another kind of id', () => {
    const ids = [
      deliveryId('order:7', 'A.on'),
      deliveryId('order:7', 'B.on'),
      deliveryId('order:8', 'A.on'),
      deliveryId('order:7', undefined),
      deliveryId('', ''),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(deliveryId('order:7', 'A.on')).toBe(ids[0]);
  });
});
