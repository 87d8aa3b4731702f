import { Injectable } from '@nestjs/common';
import { OnEvent } from 'nestjs-event-drivers';
import { OrderPlaced } from './order-placed.event.js';

export type Item = 'teapot' | 'kettle';

export type Stock = Readonly<Record<Item, number>>;

/** Has teapots, and is out of kettles until someone brings some. */
@Injectable()
export class Warehouse {
  private stock: Stock = { teapot: 100, kettle: 0 };

  @OnEvent(OrderPlaced)
  reserve(event: OrderPlaced): void {
    const { item, quantity } = event.getPayload();
    const left = this.stock[item];
    if (left < quantity) throw new Error(`Only ${left} of item '${item}' are left`);
    this.add(item, -quantity);
  }

  add(item: Item, quantity: number): Stock {
    return (this.stock = { ...this.stock, [item]: this.stock[item] + quantity });
  }
}
