import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { readOrder } from './read-order.js';
import { type Stock, Warehouse } from './warehouse.js';

@Controller('stock')
export class StockController {
  constructor(private readonly warehouse: Warehouse) {}

  /** Brings something, so that what was given up for want of it can be done. */
  @Post()
  @HttpCode(HttpStatus.OK)
  add(@Body() body: unknown): Stock {
    const { item, quantity } = readOrder(body);
    return this.warehouse.add(item, quantity);
  }
}
