import { Injectable, NotFoundException } from '@nestjs/common';
import type { NewOrder } from './order-placed.event.js';
import { PRICES } from './warehouse.service.js';

/** What the listeners have done is in `isReserved` and `isPaid`. */
export interface Order extends NewOrder {
  readonly id: string;
  readonly total: number;
  readonly isReserved: boolean;
  readonly isPaid: boolean;
}

@Injectable()
export class OrderStore {
  private readonly orders = new Map<string, Order>();

  add(order: NewOrder): Order {
    const id = String(this.orders.size + 1);
    const total = order.quantity * PRICES[order.item];
    const added = { id, ...order, total, isReserved: false, isPaid: false };
    this.orders.set(id, added);
    return added;
  }

  get(id: string): Order {
    const order = this.orders.get(id);
    if (order === undefined) throw new NotFoundException(`There is no order ${id}`);
    return order;
  }

  update(id: string, change: Partial<Order>): void {
    this.orders.set(id, { ...this.get(id), ...change });
  }
}
