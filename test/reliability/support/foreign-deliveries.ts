import { randomUUID } from 'node:crypto';

const GOOD = { event: 'order.placed', version: 1, listener: 'shop', eventId: randomUUID(), payload: 'good' };

/** What nobody can deliver, as JSON, and the code of the reason. */
export const UNDELIVERABLE: readonly (readonly [json: string, code: string])[] = [
  ['null', 'EVENTS_UNREADABLE_PAYLOAD'],
  ['5', 'EVENTS_UNREADABLE_PAYLOAD'],
  ['"text"', 'EVENTS_UNREADABLE_PAYLOAD'],
  ['[1, [2]]', 'EVENTS_UNREADABLE_PAYLOAD'],
  ['{}', 'EVENTS_UNKNOWN_EVENT'],
  [change({ event: 'no.such' }), 'EVENTS_UNKNOWN_EVENT'],
  [change({ event: 'constructor' }), 'EVENTS_UNKNOWN_EVENT'],
  [change({ event: { toString: 1, valueOf: 1 } }), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ event: 'x'.repeat(1_000_000) }), 'EVENTS_UNKNOWN_EVENT'],
  [change({ event: 'a\n\u001b[31mERROR all is lost' }), 'EVENTS_UNKNOWN_EVENT'],
  [change({ listener: 'a\nERROR' }), 'EVENTS_UNKNOWN_LISTENER'],
  [change({ listener: 'nobody' }), 'EVENTS_UNKNOWN_LISTENER'],
  [change({ listener: { toString: 1, valueOf: 1 } }), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ driver: 'nobody' }), 'EVENTS_UNKNOWN_DRIVER'],
  // It leads back to the driver that has stored it.
  [change({ driver: 'queue' }), 'EVENTS_CIRCULAR_DRIVER'],
  [change({ driver: 'watched' }), 'EVENTS_CIRCULAR_DRIVER'],
  [change({ driver: { toString: 1 } }), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ eventId: { toString: 1 } }), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ version: 7 }), 'EVENTS_UNSUPPORTED_VERSION'],
  [change({ version: '1' }), 'EVENTS_UNSUPPORTED_VERSION'],
  [change({}).replace('"good"', '{"__proto__":{"polluted":true}}'), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ payload: { constructor: { prototype: { polluted: 1 } } } }), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ types: [['class', 'Shop']] }), 'EVENTS_UNREADABLE_PAYLOAD'],
  [change({ types: { '__proto__.polluted': ['Date'] } }), 'EVENTS_UNREADABLE_PAYLOAD'],
];

/** What is odd, but can be delivered. */
export const DELIVERABLE: readonly string[] = [
  change({ payload: 'x'.repeat(1_000_000) }),
  change({ payload: 'without headers', headers: 'none' }),
  change({ payload: 'without a time limit', timeoutMs: { toString: 1 } }),
  change({ payload: 'of a version to come', later: { at: [1, null] }, options: 5 }),
];

function change(fields: object): string {
  return JSON.stringify({ ...GOOD, ...fields });
}
