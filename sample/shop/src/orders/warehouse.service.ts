import { ConflictException, Injectable } from '@nestjs/common';

export type Item = 'teapot' | 'kettle';

export const PRICES: Readonly<Record<Item, number>> = { teapot: 30, kettle: 45 };

export const ITEMS = Object.keys(PRICES);

export interface Stock {
  readonly quantity: number;
}

/** Has teapots, and is out of kettles until someone brings some. */
@Injectable()
export class WarehouseService {
  private readonly stock: Record<Item, number> = { teapot: 100, kettle: 0 };

  getStock(): Readonly<Record<Item, number>> {
    return this.stock;
  }

  setStock(item: Item, quantity: number): void {
    this.stock[item] = quantity;
  }

  take(item: Item, quantity: number): void {
    const left = this.stock[item];
    if (left < quantity) throw new ConflictException(`Only ${left} of item '${item}' are left`);
    this.stock[item] = left - quantity;
  }
}
