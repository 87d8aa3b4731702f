import { BaseEvent, Event, type IBaseEvent } from 'nestjs-event-drivers';
import { SET_ID } from '../../../lib/event/base-event.js';
import { EventView } from '../../../lib/event/event-view.js';
import { type CallOptions, OptionedEvent } from '../../../lib/event/optioned-event.js';

/** What was stored by version 1 had one line of text, not a list of them. */
@Event({ name: 'golden.order', version: 2, upcast: (payload) => ({ lines: [payload] }) })
export class Order extends BaseEvent<unknown> {}

@Event({ name: 'golden.invoice' })
export class Invoice extends BaseEvent<unknown> {
  static readonly done: Invoice[] = [];

  override execute(): Promise<void> {
    Invoice.done.push(this);
    return Promise.resolve();
  }
}

/** What a golden file holds: what was dispatched, and so what is to arrive. */
export interface Case {
  readonly payload: unknown;
  /** The event that is stored today as the newest file says; absent where only an earlier version stored that. */
  readonly delivery?: IBaseEvent;
  readonly headers?: Readonly<Record<string, string>>;
}

const LISTENER = 'golden.listener';

let count = 0;

function toListener(payload: unknown, options: CallOptions = {}, more: Partial<Case> = {}): Case {
  const event = new Order(payload);
  event[SET_ID](`01a209f1-2df6-725e-97e1-${String(++count).padStart(12, '0')}`);
  return { payload, delivery: new OptionedEvent(new ToListener(event), options), ...more };
}

class ToListener extends EventView {
  override getListenerId(): string {
    return LISTENER;
  }

  execute(): Promise<void> {
    return Promise.reject(new Error('it is only stored'));
  }
}

function ownWork(payload: unknown): Case {
  const event = new Invoice(payload);
  event[SET_ID]('01a209f1-2df6-725e-97e1-aaaaaaaaaaaa');
  return { payload, delivery: event };
}

/** By the names of the files. */
export const CASES: Readonly<Record<string, Case>> = {
  plain: toListener({ no: 1, note: null, lines: [{ sku: 'a' }] }),
  nothing: toListener(null),
  undefined: toListener(undefined),
  types: toListener({
    at: new Date(0),
    big: 2n ** 70n,
    none: undefined,
    zero: -0,
    set: new Set(['a', 1n]),
    map: new Map<unknown, unknown>([['k', new Date(1)], [new Date(2), new Set([undefined])]]), // prettier-ignore
    url: new URL('https://example.com/?a=b#c'),
    list: [{ at: new Date(3) }],
  }),
  paths: toListener({
    'a.b': new Date(1),
    a: { b: new Date(2) },
    '\\': 1n,
    'x\\.y': 2n,
    '': 3n,
    '0': new Date(4),
  }),
  options: toListener({ a: 1 }, { delay: '5ms', priority: 7, retries: 2, group: 'g', expireIn: '90s' }),
  ordered: toListener({ a: 2 }, { orderingKey: 'k' }),
  idempotent: toListener({ a: 3 }, { idempotencyKey: 'once' }),
  carried: toListener({ a: 4 }, {}, { headers: { tenant: 'acme' } }),
  relayed: toListener({ a: 5 }, { relayTo: 'broker' }),
  'own-work': ownWork({ a: 6 }),
  'older-version': { payload: { lines: ['one'] } },
  'dead-letter': { payload: { a: 7 } },
};
