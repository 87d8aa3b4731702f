import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { type DriverName, EventService } from 'nestjs-event-drivers';
import { DriverNamePipe } from '../events/driver-name.pipe.js';
import { BodyPipe, oneOf, wholeNumberFrom } from '../http/body.pipe.js';
import { type NewOrder, OrderPlaced } from './order-placed.event.js';
import { type Order, OrderStore } from './order.store.js';
import { ITEMS } from './warehouse.service.js';

const newOrder = new BodyPipe<NewOrder>({ item: oneOf(...ITEMS), quantity: wholeNumberFrom(1) });

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly events: EventService,
    private readonly orders: OrderStore,
  ) {}

  /** @param driver delivers to all listeners, instead of the driver that each of them names */
  @Post()
  async place(
    @Body(newOrder) order: NewOrder,
    @Query('driver', DriverNamePipe) driver?: DriverName,
  ): Promise<Order> {
    const { id, total } = this.orders.add(order);
    await this.events.dispatch(new OrderPlaced({ id, total, ...order }), driver);
    return this.orders.get(id);
  }

  @Get(':id')
  get(@Param('id') id: string): Order {
    return this.orders.get(id);
  }
}
