import { Body, Controller, Get, NotFoundException, Param, Put } from '@nestjs/common';
import { BodyPipe, wholeNumberFrom } from '../http/body.pipe.js';
import { type Item, ITEMS, type Stock, WarehouseService } from './warehouse.service.js';

@Controller('stock')
export class StockController {
  constructor(private readonly warehouse: WarehouseService) {}

  @Get()
  get(): Readonly<Record<Item, number>> {
    return this.warehouse.getStock();
  }

  @Put(':item')
  set(
    @Param('item') item: string,
    @Body(new BodyPipe<Stock>({ quantity: wholeNumberFrom(0) })) { quantity }: Stock,
  ): Readonly<Record<Item, number>> {
    if (!ITEMS.includes(item)) throw new NotFoundException(`There is no item '${item}'`);
    this.warehouse.setStock(item as Item, quantity);
    return this.get();
  }
}
