import { Body, Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { EventService } from 'nestjs-event-drivers';
import { Mailer } from './mailer.js';
import { OrderPlaced } from './order-placed.event.js';
import { readOrder } from './read-order.js';

@Controller()
export class OrdersController {
  constructor(
    private readonly events: EventService,
    private readonly mailer: Mailer,
  ) {}

  /** Answers once what is to be done for the order is stored in Redis. */
  @Post('orders')
  @HttpCode(HttpStatus.ACCEPTED)
  async place(@Body() body: unknown): Promise<{ accepted: string }> {
    const event = new OrderPlaced(readOrder(body));
    await this.events.dispatch(event);
    return { accepted: event.getId() };
  }

  @Get('mails')
  listMails(): readonly string[] {
    return this.mailer.listSent();
  }
}
