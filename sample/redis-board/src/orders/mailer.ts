import { Injectable } from '@nestjs/common';
import { OnEvent } from 'nestjs-event-drivers';
import { OrderPlaced } from './order-placed.event.js';

/** Plays a mail server. */
@Injectable()
export class Mailer {
  private readonly sent: string[] = [];

  @OnEvent(OrderPlaced)
  send(event: OrderPlaced): void {
    const { item, quantity } = event.getPayload();
    this.sent.push(`We have your order: ${quantity} x ${item}`);
  }

  listSent(): readonly string[] {
    return this.sent;
  }
}
