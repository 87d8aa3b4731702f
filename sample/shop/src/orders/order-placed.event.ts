import { BaseEvent, Event } from 'nestjs-event-drivers';
import type { Item } from './warehouse.service.js';

export interface NewOrder {
  readonly item: Item;
  readonly quantity: number;
}

/** It carries what listeners need, so that they can be told later, or again. */
@Event({ name: 'order.placed' })
export class OrderPlaced extends BaseEvent<NewOrder & { readonly id: string; readonly total: number }> {}
