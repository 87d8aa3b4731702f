import { BaseEvent, Event } from 'nestjs-event-drivers';
import type { Item } from './warehouse.js';

export interface Order {
  readonly item: Item;
  readonly quantity: number;
}

/** It carries what listeners need: they may be told later, or again. */
@Event({ name: 'order-placed' })
export class OrderPlaced extends BaseEvent<Order> {}
